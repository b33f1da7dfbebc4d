import { describe, expect, test } from 'vitest';
import { dutyOf, follow, fulfil, graceMs, renew, type Seat, sendAgainMs } from '../../../src/failover/seat.ts';

const couldOwn = true;
const finish = (seat: Seat): Seat => fulfil(seat, seat.kind === 'owner' ? 'send' : 'confirm');
const owner = follow(undefined, { owned: true, couldOwn, now: 1_000 });
const lost = follow(finish(owner), { owned: false, couldOwn, now: 2_000 });
const disowned = fulfil(lost, 'disown');

describe('a node', () => {
  test('that owns sends, at once and one time', () => {
    expect(dutyOf(owner, 1_000)).toEqual({ duty: 'send', inMs: 0 });
    expect(dutyOf(finish(owner), 9_000)).toBeUndefined();
    expect(follow(finish(owner), { owned: true, couldOwn, now: 9_000 })).toEqual(finish(owner));
  });

  test('that owns sends again when it is time, and at once when its conntrackd began anew', () => {
    const sent = fulfil(owner, 'send', 46_000);
    expect(dutyOf(sent, 1_000)).toEqual({ duty: 'send', inMs: 45_000 });
    expect(dutyOf(renew(sent, 2_000), 2_000)).toEqual({ duty: 'send', inMs: 0 });
    expect(dutyOf(follow(sent, { owned: false, couldOwn, now: 2_000 }), 60_000)?.duty).toBe('disown');
  });

  test('whose flows are forgotten confirms at once that the copies have come', () => {
    const forgotten = fulfil(disowned, 'forget');
    expect(dutyOf(forgotten, 8_000)).toEqual({ duty: 'confirm', inMs: 0 });
    expect(follow(forgotten, { owned: false, couldOwn: false, now: 9_000 })).toBe(forgotten);
  });

  test('sends often enough for what lives shortest, with a second try before that, and never all the time', () => {
    const seconds = [undefined, 120, 180, 600, 30, 12, 1];
    expect(seconds.map(sendAgainMs)).toEqual([45_000, 45_000, 45_000, 45_000, 11_250, 4_500, 1_000]);
  });

  test('that owns no more disowns at once, and forgets a grace period later; each one time', () => {
    expect(dutyOf(lost, 2_000)).toEqual({ duty: 'disown', inMs: 0 });
    expect(dutyOf(disowned, 2_000)).toEqual({ duty: 'forget', inMs: graceMs });
    expect(dutyOf(disowned, 2_000 + graceMs - 1)).toEqual({ duty: 'forget', inMs: 1 });
    const later = follow(disowned, { owned: false, couldOwn, now: 6_000 });
    expect(dutyOf(later, 60_000)).toEqual({ duty: 'forget', inMs: 0 });
    expect(dutyOf(finish(disowned), 60_000)).toBeUndefined();
  });

  test('that owns again before that forgets nothing', () => {
    const again = follow(disowned, { owned: true, couldOwn, now: 3_000 });
    expect(dutyOf(again, 60_000)).toEqual({ duty: 'send', inMs: 0 });
    expect(dutyOf(finish(again), 60_000)).toBeUndefined();
  });

  test('that was not seen before counts as one that lost the group just now', () => {
    const first = follow(undefined, { owned: false, couldOwn, now: 7 });
    expect(dutyOf(fulfil(first, 'disown'), 7)).toEqual({ duty: 'forget', inMs: graceMs });
  });

  test('that could not own keeps its flows until it could, and a grace period longer', () => {
    const gaveUp = fulfil(follow(finish(owner), { owned: false, couldOwn: false, now: 2_000 }), 'disown');
    expect(dutyOf(gaveUp, 600_000)).toBeUndefined();
    expect(follow(gaveUp, { owned: false, couldOwn: false, now: 3_000 })).toBe(gaveUp);
    const could = follow(gaveUp, { owned: false, couldOwn, now: 600_000 });
    expect(dutyOf(could, 600_000)).toEqual({ duty: 'forget', inMs: graceMs });
    expect(dutyOf(follow(could, { owned: true, couldOwn, now: 600_500 }), 700_000)).toEqual({ duty: 'send', inMs: 0 });
    // Dead again in its grace: it waits again.
    expect(dutyOf(follow(could, { owned: false, couldOwn: false, now: 601_000 }), 700_000)).toBeUndefined();
  });

  const gaveUp = follow(finish(owner), { owned: false, couldOwn: false, now: 2_000 });
  test('whose conntrackd began anew has its duties once more: a standby disowns at once, and forgets after another grace', () => {
    expect(dutyOf(renew(finish(owner), 9_000), 9_000)).toEqual({ duty: 'send', inMs: 0 });
    const renewed = renew(finish(disowned), 60_000);
    expect(dutyOf(renewed, 60_000)).toEqual({ duty: 'disown', inMs: 0 });
    // The pair may have changed because the owner is no more: this node takes over meanwhile, and what it holds is all there is.
    const before = fulfil(renewed, 'disown');
    expect(dutyOf(before, 60_000)).toEqual({ duty: 'forget', inMs: graceMs });
    expect(dutyOf(follow(before, { owned: true, couldOwn, now: 60_300 }), 60_300)).toEqual({ duty: 'send', inMs: 0 });
    expect(dutyOf(fulfil(renew(gaveUp, 60_000), 'disown'), 90_000)).toBeUndefined();
  });
});
