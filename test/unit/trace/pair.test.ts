import { describe, expect, test } from 'vitest';
import { isOver, pairJourneys } from '../../../src/trace/pair.ts';
import { journeysIn } from '../../support/trace/captured.ts';

const [syn, ack] = journeysIn('far');
const [outSyn, outAck] = journeysIn('owner');

describe('what both nodes saw', () => {
  test('is the same packet where it can be', () => {
    const pair = pairJourneys(
      journeysIn('far'),
      [outAck, outSyn].flatMap((each) => each ?? []),
    );
    expect([pair?.isSame, pair?.pod.first.print, pair?.gateway?.first.print]).toEqual([
      true,
      '43839/60/syn/',
      '43839/60/syn/',
    ]);
  });

  test('else another one of its flow', () => {
    const pair = pairJourneys(
      [syn].flatMap((each) => each ?? []),
      [outAck].flatMap((each) => each ?? []),
    );
    expect([pair?.isSame, pair?.gateway?.first.print]).toEqual([false, '43840/52/ack/']);
  });

  test('but not one of another flow', () => {
    const other = journeysIn('near-ping', 'gateway');
    expect(other).toHaveLength(1);
    expect(
      pairJourneys(
        [ack].flatMap((each) => each ?? []),
        other,
      ),
    ).toMatchObject({ isSame: false });
    expect(
      pairJourneys(
        [ack].flatMap((each) => each ?? []),
        other,
      )?.gateway,
    ).toBeUndefined();
  });

  test('is nothing while the Pod’s node saw nothing', () => {
    expect(pairJourneys([], journeysIn('owner'))).toBeUndefined();
  });
});

test.each(['near-udp', 'near-ipv6', 'near-ping'])('%s: both hops on one node', (name) => {
  expect(pairJourneys(journeysIn(name, 'pod'), journeysIn(name, 'gateway'))).toMatchObject({ isSame: true });
});

test.each([
  ['far', false],
  ['alone', true],
  ['refused', true],
  ['held', true],
])('%s: the other node need not be asked: %s', (name, over) => {
  const pair = pairJourneys(journeysIn(name), []);
  expect(pair === undefined ? undefined : isOver(pair)).toBe(over);
});
