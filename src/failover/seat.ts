/** From the loss of a group until its flows are forgotten, in ms: a planned move's packets in flight still come to the old owner. */
export const graceMs = 5_000;

/** Where a node is with a failover group, and what that still asks for. */
export interface Seat {
  readonly kind: 'owner' | 'standby';
  /** On the monotonic clock, in ms; Infinity while the node could not own the group, so that its loss says nothing. */
  readonly since: number;
  /** Undefined: nothing is left to do. */
  readonly next: Duty | undefined;
  /** As an owner that has sent: when to send again, on the monotonic clock, in ms. */
  readonly again?: number;
}

/**
 * What a seat asks for: an owner sends its flows, and again before their copies time out; who does not own disowns its own (or their
 * end here would end them at their owner, too), later forgets them and asks for the owner's, and confirms that these have come.
 */
export type Duty = 'send' | 'disown' | 'forget' | 'confirm';

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
  if (seat?.kind !== kind) return begin({ kind, since });
  // Its grace begins when it could own again: until then its flows may be all that is left of them.
  const waits = seat.since === Number.POSITIVE_INFINITY;
  const isForgotten = seat.next === undefined || seat.next === 'confirm';
  return owned || isForgotten || waits === !couldOwn ? seat : { ...seat, since };
}

/**
 * Pure: the seat after conntrackd began to run, which knows all flows of the kernel for its own, and nothing that it missed. The grace
 * begins anew: what ends a pair (a node that dies or is deleted) also moves the group, and these flows may be all that is left of them.
 */
export function renew({ kind, since }: Seat, now: number): Seat {
  return begin({ kind, since: Math.max(since, now) });
}

function begin({ kind, since }: Pick<Seat, 'kind' | 'since'>): Seat {
  return { kind, since, next: kind === 'owner' ? 'send' : 'disown' };
}

/** Pure: the seat after a duty was done; `again`: when an owner sends the next time, on the monotonic clock, in ms. */
export function fulfil({ kind, since }: Seat, duty: Duty, again = Number.POSITIVE_INFINITY): Seat {
  return duty === 'send' ? { kind, since, next: 'send', again } : { kind, since, next: after[duty] };
}

const after = { disown: 'forget', forget: 'confirm', confirm: undefined } as const;

/** Pure: what is to be done next, and in how many ms; undefined: nothing until the seat changes. */
export function dutyOf(
  { since, next, again = 0 }: Seat,
  now: number,
): { readonly duty: Duty; readonly inMs: number } | undefined {
  const due = next === 'send' ? again : next === 'forget' ? since + graceMs : now;
  return next === undefined || due === Number.POSITIVE_INFINITY
    ? undefined
    : { duty: next, inMs: Math.max(0, due - now) };
}

/**
 * Pure: after how many ms an owner sends again, by the seconds that a UDP flow lives without a packet (`nf_conntrack_udp_timeout_stream`,
 * undefined: not known): nothing but that refreshes the copies, and a second try must come in time, too.
 */
export function sendAgainMs(udpStreamSeconds: number | undefined): number {
  const wanted = ((udpStreamSeconds ?? 120) * 3_000) / 8;
  return Math.min(45_000, Math.max(1_000, wanted));
}
