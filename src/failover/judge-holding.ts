import type { GroupAddresses } from '../dataplane/vrrp/addresses.ts';
import type { HeldAddress } from './watch-addresses.ts';

/** What keepalived last said of a group. */
export interface GroupSaid {
  readonly state: 'BACKUP' | 'MASTER' | 'FAULT';
  /** When it said so, in ms. */
  readonly since: number;
  /** Whether it believes that it set the addresses: then it would not set them again (2.2.7). */
  readonly believesSet: boolean;
}

/** What is wrong with a group: addresses of one that is not MASTER, or that keepalived believes to have set; a MASTER without its tunnel address. */
export type Holding =
  | { readonly kind: 'right' }
  | { readonly kind: 'stray'; readonly addresses: readonly HeldAddress[]; readonly restart: boolean }
  | { readonly kind: 'missing'; readonly address: string };

/** Pure: what is known after a line of keepalived's log (2.2.7, --log-detail); the same object where it says nothing of that. */
export function hear(said: ReadonlyMap<number, GroupSaid>, line: string, now: number): ReadonlyMap<number, GroupSaid> {
  const [, number, text = ''] = /\(sallyport_(\d+)\):? (.*)/.exec(line) ?? [];
  if (number === undefined) return said;
  const group = Number(number);
  const before = said.get(group);
  const state = stateIn(text);
  if (state !== undefined) {
    // It clears at its start whatever one before it left behind.
    const believesSet = state === 'MASTER' || (before?.believesSet === true && !text.includes('(init)'));
    return new Map(said).set(group, { state, since: now, believesSet });
  }
  const set = /^(setting|removing) VIPs\b/.exec(text)?.[1];
  if (set === undefined || before === undefined) return said;
  return new Map(said).set(group, { ...before, since: now, believesSet: set === 'setting' });
}

/** "entering FAULT state (…)" is what it says at a reload. */
function stateIn(text: string): GroupSaid['state'] | undefined {
  const word = /^entering (BACKUP|MASTER|FAULT) state\b/i.exec(text)?.[1];
  return word === 'BACKUP' || word === 'MASTER' || word === 'FAULT' ? word : undefined;
}

/** Pure: what is wrong with a group whose addresses among `held` are on the node; nothing is known of one that keepalived never spoke of. */
export function judgeHolding(
  { addresses }: GroupAddresses,
  said: GroupSaid | undefined,
  held: readonly HeldAddress[],
): Holding {
  if (said === undefined) return { kind: 'right' };
  const isOn = ({ address, device }: HeldAddress) =>
    addresses.some((each) => each.address === address && each.device === device);
  const [anchor] = addresses;
  const present = held.filter(isOn);
  if (said.state !== 'MASTER') {
    if (present.length === 0 && !said.believesSet) return { kind: 'right' };
    return { kind: 'stray', addresses: present, restart: said.believesSet };
  }
  return anchor === undefined || present.some(({ address }) => address === anchor.address)
    ? { kind: 'right' }
    : { kind: 'missing', address: anchor.address };
}
