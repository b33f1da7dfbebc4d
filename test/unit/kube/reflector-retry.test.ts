import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from '../../../src/kube/api-error.ts';
import { type Attempt, freshRetryState, planRetry, type RetryState } from '../../../src/kube/reflector-retry.ts';

const errorOf = (code: number, reason = 'x', retryAfterMs?: number) =>
  new ApiError({ verb: 'WATCH', path: '/', code, reason, statusMessage: '', retryAfterMs });
const failed: Attempt = { error: errorOf(0, 'Network'), progressed: false, livedMs: 10, optional: false, synced: true };
const half = () => 0.5;

/** The delays after the same attempt again and again. */
function delays(attempts: readonly Attempt[], random = half): number[] {
  let state: RetryState = freshRetryState;
  return attempts.map((attempt) => {
    const plan = planRetry(state, attempt, random);
    state = plan.state;
    return plan.delayMs;
  });
}

test('doubles from 200 ms to 30 s, half of it random', () => {
  const ten = Array.from({ length: 10 }, () => ({ ...failed, error: errorOf(500) }));
  expect(delays(ten)).toEqual([150, 300, 600, 1200, 2400, 4800, 9600, 19200, 22500, 22500]);
  expect(delays(ten, () => 0)[9]).toBe(15_000);
});

test('up to 10 s while the server cannot be reached: who waits for it waits not much longer than it is away', () => {
  const ten = Array.from({ length: 10 }, () => failed);
  expect(delays(ten)).toEqual([150, 300, 600, 1200, 2400, 4800, 7500, 7500, 7500, 7500]);
});

test('counts anew when a server that was away answers, though it does not know its roles and kinds yet', () => {
  const away = Array.from({ length: 12 }, () => failed);
  const starting = [errorOf(403), errorOf(404), errorOf(429)].map((error) => ({ ...failed, error }));
  expect(delays([...away, ...starting]).slice(12)).toEqual([600, 1200, 2400]);
});

test('progress, or five seconds of life, starts it anew', () => {
  expect(delays([failed, failed, { ...failed, progressed: true }, failed])).toEqual([150, 300, 150, 300]);
  expect(delays([failed, failed, { ...failed, livedMs: 5000 }])).toEqual([150, 300, 150]);
});

test('a watch that ends in order is followed at once, one that ends at once is not', () => {
  const ended = { ...failed, error: undefined };
  expect(delays([{ ...ended, livedMs: 300_000 }])).toEqual([0]);
  expect(delays([{ ...ended, progressed: true }])).toEqual([0]);
  expect(delays([ended, ended])).toEqual([150, 300]);
});

test('Retry-After is waited for, up to 30 s', () => {
  expect(delays([{ ...failed, error: errorOf(429, 'TooManyRequests', 8000) }])[0]).toBe(9000);
  expect(delays([{ ...failed, error: errorOf(429, 'x', 1e9) }])[0]).toBeLessThanOrEqual(37_500);
});

test('410 lists again, ever later while no watch settles, even though every list succeeds', () => {
  const listed = { ...failed, error: undefined, progressed: true };
  const gone = { ...failed, error: errorOf(410, 'Expired') };
  expect(planRetry(freshRetryState, gone, half).relist).toBe(true);
  expect(delays([listed, gone, listed, gone, listed, gone])).toEqual([0, 150, 0, 300, 0, 600]);
  expect(delays([gone, gone, { ...listed, livedMs: 6000 }, gone])).toEqual([150, 300, 0, 150]);
});

test('what cannot be digested three times in a row is listed again', () => {
  const poison = { ...failed, error: new Error('the sink threw') };
  const relists = (attempts: readonly Attempt[]) => {
    let state: RetryState = freshRetryState;
    return attempts.map((attempt) => {
      const plan = planRetry(state, attempt, half);
      state = plan.state;
      return plan.relist;
    });
  };
  expect(relists([poison, poison, poison, poison])).toEqual([false, false, true, false]);
  expect(relists([poison, poison, failed, poison, poison])).toEqual([false, false, false, false, false]);
  expect(relists([poison, poison, { ...poison, progressed: true }])).toEqual([false, false, false]);
});

test('an optional kind: absent at once when never seen, after three 404s when it was there', () => {
  const notFound = { ...failed, error: errorOf(404, 'NotFound'), optional: true };
  const plan = planRetry(freshRetryState, { ...notFound, synced: false }, half);
  expect(plan).toMatchObject({ absent: true, relist: true, delayMs: 22_500 });
  let state: RetryState = freshRetryState;
  const absences = [1, 2, 3, 4].map(() => {
    const next = planRetry(state, notFound, half);
    state = next.state;
    return [next.absent, next.delayMs];
  });
  expect(absences).toEqual([
    [false, 150],
    [false, 300],
    [true, 22_500],
    [true, 22_500],
  ]);
  expect(planRetry(freshRetryState, { ...notFound, optional: false }, half)).toMatchObject({ absent: false });
});

test('never waits for ever, never without a pause after a failure', () => {
  const attempt = fc.record({
    error: fc.constantFrom(
      undefined,
      errorOf(0),
      errorOf(410),
      errorOf(429, 'x', 1e12),
      errorOf(404),
      new Error('x'),
      'x',
    ),
    progressed: fc.boolean(),
    livedMs: fc.integer({ min: 0, max: 600_000 }),
    optional: fc.boolean(),
    synced: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(attempt, { maxLength: 50 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (attempts, random) => {
        for (const [i, delay] of delays(attempts, () => random).entries()) {
          expect(delay).toBeLessThanOrEqual(37_500);
          if (attempts[i]?.error !== undefined) expect(delay).toBeGreaterThanOrEqual(100);
        }
      },
    ),
  );
});
