/** From the loss of a group until its flows are forgotten, in ms: a planned move's packets in flight still come to the old owner. */
export const graceMs = 5_000;

/** Where a node is with a failover group, and whether it has done what that asks for. */
export interface Seat {
  readonly kind: 'owner' | 'standby';
  /** On the monotonic clock, in ms. */
  readonly since: number;
  readonly done: boolean;
}

/** What a seat asks for, once: an owner sends its flows, who does not own forgets its own and fetches the owner's. */
export type Duty = 'send' | 'forget';

export interface Seen {
  readonly owned: boolean;
  readonly now: number;
}

/** Pure: the seat by who owns the group now. Nobody knows what was before the first look. */
export function follow(seat: Seat | undefined, { owned, now }: Seen): Seat {
  const kind = owned ? 'owner' : 'standby';
  return seat?.kind === kind ? seat : { kind, since: now, done: false };
}

/** Pure: the seat after conntrackd began to run, which knows all flows of the kernel for its own, and nothing that it missed. */
export function renew(seat: Seat): Seat {
  return { ...seat, done: false };
}

/** Pure: what is to be done next, and in how many ms; undefined: nothing until the seat changes. */
export function dutyOf(
  { kind, since, done }: Seat,
  now: number,
): { readonly duty: Duty; readonly inMs: number } | undefined {
  if (done) return undefined;
  if (kind === 'owner') return { duty: 'send', inMs: 0 };
  return { duty: 'forget', inMs: Math.max(0, since + graceMs - now) };
}
