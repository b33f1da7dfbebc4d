import { expect, test } from 'vitest';
import { runInSlices } from '../../../src/platform/slices.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const { signal } = new AbortController();

/** Steps of 3 ms each on a fake clock. */
function* count(steps: number, advance: () => void): Generator<undefined, number> {
  for (let step = 0; step < steps; step++) {
    advance();
    yield;
  }
  return steps;
}

function clockOfSteps() {
  let elapsed = 0;
  const clock = { ...createFakeClock(), monotonic: () => elapsed };
  return {
    clock,
    advance: () => {
      elapsed += 3;
    },
  };
}

test('others get their turn after each budget', async () => {
  const { clock, advance } = clockOfSteps();
  let turns = 0;
  const timer = setInterval(() => {}, 1_000_000);
  const spin = () => {
    turns += 1;
    next = setImmediate(spin);
  };
  let next = setImmediate(spin);
  expect(await runInSlices(count(100, advance), { clock, budgetMs: 9, signal })).toBe(100);
  clearImmediate(next);
  clearInterval(timer);
  // 100 steps of 3 ms, 3 to a slice.
  expect(turns).toBeGreaterThanOrEqual(32);
  expect(turns).toBeLessThanOrEqual(35);
});

test('short work is done at once', async () => {
  const { clock, advance } = clockOfSteps();
  let turned = false;
  const next = setImmediate(() => {
    turned = true;
  });
  await runInSlices(count(2, advance), { clock, budgetMs: 9, signal });
  expect(turned).toBe(false);
  clearImmediate(next);
});

test('an abort ends it between two slices', async () => {
  const { clock, advance } = clockOfSteps();
  const stop = new AbortController();
  const run = runInSlices(count(1_000_000, advance), { clock, budgetMs: 3, signal: stop.signal });
  setImmediate(() => stop.abort(new Error('enough')));
  await expect(run).rejects.toThrow('enough');
});

test('what a step throws comes out', async () => {
  function* broken(): Generator<undefined, number> {
    yield;
    throw new Error('a bug');
  }
  await expect(runInSlices(broken(), { signal })).rejects.toThrow('a bug');
});
