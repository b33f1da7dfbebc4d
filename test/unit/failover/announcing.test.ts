import { expect, test } from 'vitest';
import { type Announcing, followOwnership } from '../../../src/failover/announcing.ts';
import { graceMs } from '../../../src/failover/seat.ts';

const at = (now: number, owned: boolean) => ({ owned, now, seconds: 1_000 + now / 1_000 });
const follow = (...seen: readonly (readonly [now: number, owned: boolean])[]) =>
  seen.reduce<Announcing | undefined>((before, [now, owned]) => followOwnership(before, 3, at(now, owned)), undefined);

test('an owner announces since it became that', () => {
  const owner = { group: 3, since: 1_001, leaving: false, until: Number.POSITIVE_INFINITY };
  expect(follow([1_000, true])).toEqual(owner);
  expect(follow([1_000, true], [9_000, true])).toEqual(owner);
  expect(follow([1_000, false])).toBeUndefined();
});

test('who loses a group announces it as one who leaves, and after the grace no more', () => {
  const leaving = { group: 3, since: 1_001, leaving: true, until: 4_000 + graceMs };
  expect(follow([1_000, true], [4_000, false])).toEqual(leaving);
  expect(follow([1_000, true], [4_000, false], [4_000 + graceMs - 1, false])).toEqual(leaving);
  expect(follow([1_000, true], [4_000, false], [4_000 + graceMs, false])).toBeUndefined();
});

test('who gets it back is its last owner', () => {
  expect(follow([1_000, true], [4_000, false], [6_000, true])).toMatchObject({ since: 1_006, leaving: false });
});

test('an owner goes on as it began when the wall clock jumps; only who becomes owner by such a clock is told by it', () => {
  const owner = follow([1_000, true]);
  const jumped = (seconds: number, owned: boolean) => ({ owned, now: 9_000, seconds });
  for (const seconds of [1_009 + 3_600, 1_009 - 3_600]) {
    expect(followOwnership(owner, 3, jumped(seconds, true))).toEqual(owner);
    expect(followOwnership(owner, 3, jumped(seconds, false))).toMatchObject({ since: 1_001, until: 9_000 + graceMs });
    expect(followOwnership(undefined, 3, jumped(seconds, true))).toMatchObject({ since: seconds });
  }
});
