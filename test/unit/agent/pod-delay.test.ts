import { expect, test } from 'vitest';
import { createPodDelay } from '../../../src/agent/pod-delay.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function setUp() {
  const clock = createFakeClock();
  const observed: number[] = [];
  const delay = createPodDelay(clock, (seconds) => observed.push(seconds));
  delay.heard();
  delay.begin();
  delay.programmed(['10.244.1.2']);
  return { clock, observed, delay };
}

test('from when a Pod was heard of until its address is programmed; those that were there do not count', async () => {
  const { clock, observed, delay } = setUp();
  delay.heard();
  await clock.advance(30);
  delay.heard();
  await clock.advance(20);
  delay.begin();
  await clock.advance(40);
  delay.programmed(['10.244.1.2', '10.244.1.3', 'fd00::3']);
  expect(observed).toEqual([0.09, 0.09]);
});

test('what is heard during a round belongs to the next one, and a failed round to the one that succeeds', async () => {
  const { clock, observed, delay } = setUp();
  delay.begin();
  await clock.advance(100);
  delay.heard();
  delay.programmed(['10.244.1.2']);
  await clock.advance(10);
  delay.begin();
  await clock.advance(1_000);
  // It failed: nothing was programmed.
  delay.heard();
  delay.begin();
  await clock.advance(5);
  delay.programmed(['10.244.1.2', '10.244.1.4']);
  expect(observed).toEqual([1.015]);
});

test('an address that comes again is new', async () => {
  const { clock, observed, delay } = setUp();
  delay.begin();
  delay.programmed([]);
  delay.heard();
  await clock.advance(7);
  delay.begin();
  delay.programmed(['10.244.1.2']);
  delay.begin();
  delay.programmed(['10.244.1.2']);
  expect(observed).toEqual([0.007]);
});
