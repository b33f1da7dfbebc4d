import { parseConfig } from 'keepalived-config';
import { canonicalIp } from '../../net/ip.ts';

/** A failover group as keepalived.conf has it: whose address says who owns it, and how long a standby waits for adverts. */
export interface GroupTimer {
  readonly group: number;
  /** The tunnel address, canonical. */
  readonly address: string;
  /** Master_Down_Interval of RFC 5798 §6.1, in ms: so long after the last advert a standby takes over. */
  readonly downMs: number;
}

/** Pure: the failover groups of a keepalived.conf of ours; what is not ours or not understood is left out. */
export function groupTimersOf(config: string): readonly GroupTimer[] {
  return parseConfig(config).config.blocks.flatMap((block): GroupTimer[] => {
    if (block.kind !== 'vrrp_instance') return [];
    const group = Number(/^sallyport_([1-9]\d?)$/.exec(block.name)?.[1]);
    const [anchor] = block.virtualIpaddress ?? [];
    const address = canonicalIp(anchor?.address.replace(/\/.*/, '') ?? '');
    const { advertInt = 1, priority = 100 } = block;
    if (Number.isNaN(group) || address === undefined) return [];
    return [{ group, address, downMs: Math.round(advertInt * 1_000 * (3 + (256 - priority) / 256)) }];
  });
}
