import type { Announcement } from '../dataplane/bgp/render.ts';
import { graceMs } from './seat.ts';

/** What is announced of a group, and until when. */
export interface Announcing extends Announcement {
  /** On the monotonic clock, in ms; Infinity: as long as the group is owned. */
  readonly until: number;
}

export interface OwnershipSeen {
  readonly owned: boolean;
  /** Monotonic, ms. */
  readonly now: number;
  /** Seconds since 1970. */
  readonly seconds: number;
}

/**
 * Pure: what a node announces of a group. An owner announces it from the moment that it owns it; who does not own it any more goes on for
 * the time in which it takes packets of a planned move, less preferred than its heir, whose route is known by then. Undefined: nothing.
 */
export function followOwnership(
  before: Announcing | undefined,
  group: number,
  { owned, now, seconds }: OwnershipSeen,
): Announcing | undefined {
  if (owned) {
    const isKept = before !== undefined && !before.leaving;
    return isKept ? before : { group, since: seconds, leaving: false, until: Number.POSITIVE_INFINITY };
  }
  if (before === undefined || before.until <= now) return undefined;
  return before.leaving ? before : { ...before, leaving: true, until: now + graceMs };
}
