import { expect, test } from 'vitest';
import { dueIn, nextOf, pauseOf } from '../../../src/probe/pace.ts';

/** Seconds that conntrack keeps a flow without a stream, and the ports that a target uses in turns. */
const [udpTimeout, ports] = [30, 16];

test('a port is used again only when its flow is forgotten, also in doubt', () => {
  for (const doubt of [false, true]) expect((dueIn(doubt, 0) * ports) / 1_000).toBeGreaterThan(udpTimeout);
});

test('in doubt it is soon, else every 30 s, spread by 15 %', () => {
  expect([dueIn(false, 0), dueIn(false, 1)]).toEqual([25_500, 34_500]);
  expect(dueIn(true, 0.5)).toBe(2_500);
  expect(dueIn(true, 0.5, 1_000)).toBe(1_000);
});

test('all nodes together ask reflectors for at most 30 bursts a second', () => {
  expect([pauseOf(1), pauseOf(6), pauseOf(300)]).toEqual([200, 200, 10_000]);
});

test('the earliest is next', () => {
  expect(nextOf(new Map())).toBeUndefined();
  expect(
    nextOf(
      new Map([
        ['a', 3],
        ['b', 1],
        ['c', 2],
      ]),
    ),
  ).toEqual({ key: 'b', at: 1 });
});
