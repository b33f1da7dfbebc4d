import { describe, expect, test } from 'vitest';
import { dutyOf, follow, graceMs, renew, type Seat } from '../../../src/failover/seat.ts';

const done = (seat: Seat): Seat => ({ ...seat, done: true });
const owner = follow(undefined, { owned: true, now: 1_000 });
const lost = follow(done(owner), { owned: false, now: 2_000 });

describe('a node', () => {
  test('that owns sends, at once and one time', () => {
    expect(dutyOf(owner, 1_000)).toEqual({ duty: 'send', inMs: 0 });
    expect(dutyOf(done(owner), 9_000)).toBeUndefined();
    expect(follow(done(owner), { owned: true, now: 9_000 })).toEqual(done(owner));
  });

  test('that owns no more forgets, a grace period later and one time', () => {
    expect(dutyOf(lost, 2_000)).toEqual({ duty: 'forget', inMs: graceMs });
    expect(dutyOf(lost, 2_000 + graceMs - 1)).toEqual({ duty: 'forget', inMs: 1 });
    expect(dutyOf(follow(lost, { owned: false, now: 6_000 }), 60_000)).toEqual({ duty: 'forget', inMs: 0 });
    expect(dutyOf(done(lost), 60_000)).toBeUndefined();
  });

  test('that owns again before that forgets nothing', () => {
    expect(dutyOf(follow(lost, { owned: true, now: 3_000 }), 60_000)).toEqual({ duty: 'send', inMs: 0 });
  });

  test('that was not seen before counts as one that lost the group just now', () => {
    expect(dutyOf(follow(undefined, { owned: false, now: 7 }), 7)).toEqual({ duty: 'forget', inMs: graceMs });
  });

  test('whose conntrackd began anew has its duty once more: a standby at once, in its grace period after that', () => {
    expect(dutyOf(renew(done(owner)), 9_000)).toEqual({ duty: 'send', inMs: 0 });
    expect(dutyOf(renew(done(lost)), 60_000)).toEqual({ duty: 'forget', inMs: 0 });
    expect(dutyOf(renew(lost), 3_000)).toEqual({ duty: 'forget', inMs: 4_000 });
  });
});
