/** From the loss of a group until its flows are forgotten, in ms: a planned move's packets in flight still come to the old owner. */
export const graceMs = 5_000;

/** Where a node is with a failover group, and whether it has done what that asks for. */
export interface Seat {
  readonly kind: 'owner' | 'standby';
  /** On the monotonic clock, in ms; Infinity while the node could not own the group, so that its loss says nothing. */
  readonly since: number;
  /** As a standby: conntrackd no longer takes the kernel's flows for its own. */
  readonly disowned: boolean;
  readonly done: boolean;
}

/**
 * What a seat asks for, once each: an owner sends its flows; who does not own disowns its own (or their end here would end them
 * at their owner, too), and later forgets them and fetches the owner's.
 */
export type Duty = 'send' | 'disown' | 'forget';

export interface Seen {
  readonly owned: boolean;
  /** Whether this node could own the group: with a dead next hop it gives up although nobody else may have the group either. */
  readonly couldOwn: boolean;
  readonly now: number;
}

/** Pure: the seat by who owns the group now. Nobody knows what was before the first look. */
export function follow(seat: Seat | undefined, { owned, couldOwn, now }: Seen): Seat {
  const kind = owned ? 'owner' : 'standby';
  const since = owned || couldOwn ? now : Number.POSITIVE_INFINITY;
  if (seat?.kind !== kind) return { kind, since, disowned: false, done: false };
  // Its grace begins when it could own again: until then its flows may be all that is left of them.
  const waits = seat.since === Number.POSITIVE_INFINITY;
  return owned || seat.done || waits === !couldOwn ? seat : { ...seat, since };
}

/** Pure: the seat after conntrackd began to run, which knows all flows of the kernel for its own, and nothing that it missed. */
export function renew(seat: Seat): Seat {
  return { ...seat, disowned: false, done: false };
}

/** Pure: the seat after a duty was done. */
export function fulfil(seat: Seat, duty: Duty): Seat {
  return duty === 'disown' ? { ...seat, disowned: true } : { ...seat, done: true };
}

/** Pure: what is to be done next, and in how many ms; undefined: nothing until the seat changes. */
export function dutyOf(
  { kind, since, disowned, done }: Seat,
  now: number,
): { readonly duty: Duty; readonly inMs: number } | undefined {
  if (kind === 'owner') return done ? undefined : { duty: 'send', inMs: 0 };
  if (!disowned) return { duty: 'disown', inMs: 0 };
  if (done || since === Number.POSITIVE_INFINITY) return undefined;
  return { duty: 'forget', inMs: Math.max(0, since + graceMs - now) };
}
