import { parseConfig } from 'keepalived-config';
import { canonicalIp } from '../../net/ip.ts';

/** A failover group as keepalived.conf has it: its addresses with their devices, the tunnel address first. */
export interface GroupAddresses {
  readonly group: number;
  readonly addresses: readonly { readonly address: string; readonly device: string }[];
}

/** Pure: the failover groups of a keepalived.conf of ours; what is not ours or not understood is left out. */
export function groupAddressesOf(config: string): readonly GroupAddresses[] {
  return parseConfig(config).config.blocks.flatMap((block) => {
    if (block.kind !== 'vrrp_instance') return [];
    const group = Number(/^sallyport_([1-9]\d?)$/.exec(block.name)?.[1]);
    const all = [...(block.virtualIpaddress ?? []), ...(block.virtualIpaddressExcluded ?? [])];
    const addresses = all.flatMap((each) => {
      const address = canonicalIp(each.address.replace(/\/.*/, ''));
      return address === undefined ? [] : [{ address, device: each.device ?? block.interface ?? '' }];
    });
    return Number.isNaN(group) || addresses.length === 0 ? [] : [{ group, addresses }];
  });
}
