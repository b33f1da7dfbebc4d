import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay, backoffDelays } from '../../../src/platform/backoff.ts';

describe('back-off', () => {
  it('doubles up to the limit', () => {
    const delays = backoffDelays({ initialMs: 100, maxMs: 1000, random: () => 0 });
    expect([...delays.take(6)]).toEqual([50, 100, 200, 400, 500, 500]);
  });

  it('stays between half of the step and the step, for ever', () => {
    fc.assert(
      fc.property(fc.nat(5000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, random) => {
        const step = Math.min(30_000, 250 * 2 ** attempt);
        const delay = backoffDelay(attempt, { initialMs: 250, maxMs: 30_000, random: () => random });
        expect(delay).toBeGreaterThanOrEqual(step / 2);
        expect(delay).toBeLessThanOrEqual(step);
      }),
    );
  });
});
