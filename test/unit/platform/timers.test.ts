import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDebounce, type DebounceOptions } from '../../../src/platform/timers.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

function setUp(options: Partial<DebounceOptions> & { readonly workMs?: number } = {}) {
  const clock = createFakeClock();
  const controller = new AbortController();
  const runs: { start: number; end?: number }[] = [];
  const debounce = createDebounce({
    clock,
    windowMs: 20,
    signal: controller.signal,
    run: async () => {
      const run: { start: number; end?: number } = { start: clock.monotonic() };
      runs.push(run);
      await clock.sleep(options.workMs ?? 0);
      run.end = clock.monotonic();
    },
    ...options,
  });
  return { clock, controller, runs, debounce, starts: () => runs.map(({ start }) => start) };
}

describe('createDebounce', () => {
  it('runs once for many triggers, a window after the first', async () => {
    const { clock, debounce, starts } = setUp();
    debounce.trigger();
    await clock.advance(5);
    debounce.trigger();
    debounce.trigger();
    await clock.advance(14);
    expect(starts()).toEqual([]);
    await clock.advance(100);
    expect(starts()).toEqual([20]);
  });

  it('never runs without a trigger', async () => {
    const { clock, starts } = setUp();
    await clock.advance(1000);
    expect(starts()).toEqual([]);
  });

  it('waits for quiet where asked to, but not longer than maxWaitMs', async () => {
    const { clock, debounce, starts } = setUp({ maxWaitMs: 50 });
    for (let i = 0; i < 10; i += 1) {
      debounce.trigger();
      await clock.advance(10);
    }
    await clock.advance(100);
    expect(starts()).toEqual([50, 100]);
  });

  it('runs once more, after the run, for triggers during it', async () => {
    const { clock, debounce, runs } = setUp({ workMs: 100 });
    debounce.trigger();
    await clock.advance(30);
    debounce.trigger();
    await clock.advance(10);
    debounce.trigger();
    await clock.advance(500);
    expect(runs).toEqual([
      { start: 20, end: 120 },
      { start: 120, end: 220 },
    ]);
  });

  it('stops on abort: no run starts, a run under way is awaited', async () => {
    const { clock, controller, debounce, runs } = setUp({ workMs: 100 });
    debounce.trigger();
    await clock.advance(30);
    debounce.trigger();
    controller.abort();
    let ended = false;
    void debounce.done.then(() => {
      ended = true;
    });
    await clock.advance(10);
    expect(ended).toBe(false);
    await clock.advance(500);
    await debounce.done;
    debounce.trigger();
    await clock.advance(500);
    expect(runs).toEqual([{ start: 20, end: 120 }]);
  });

  it('stops on abort while it is idle or collects', async () => {
    for (const triggers of [0, 1]) {
      const { clock, controller, debounce, starts } = setUp();
      if (triggers > 0) debounce.trigger();
      await clock.advance(5);
      controller.abort();
      await debounce.done;
      await clock.advance(100);
      expect([starts(), clock.sleeping()]).toEqual([[], 0]);
    }
  });

  it('does not wait for more when it is to hurry, also when it waits already', async () => {
    const { clock, debounce, starts } = setUp();
    debounce.hurry();
    await clock.advance(0);
    expect(starts()).toEqual([0]);
    await clock.advance(100);
    debounce.trigger();
    await clock.advance(5);
    debounce.hurry();
    await clock.advance(0);
    expect(starts()).toEqual([0, 105]);
    debounce.trigger();
    await clock.advance(15);
    expect(starts()).toHaveLength(2);
    await clock.advance(5);
    expect(starts()).toEqual([0, 105, 125]);
    expect(clock.sleeping()).toBe(0);
  });

  it('hands on what a run throws', async () => {
    const { clock, debounce } = setUp({
      run: () => {
        throw new Error('broken run');
      },
    });
    const outcome = expect(debounce.done).rejects.toThrow('broken run');
    debounce.trigger();
    await clock.advance(100);
    await outcome;
  });

  it('serves every trigger by a run that starts after it, and never overlaps', async () => {
    const scenario = fc.record({ workMs: fc.nat(60), gaps: fc.array(fc.nat(70), { maxLength: 15 }) });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ workMs, gaps }) => {
        const { clock, debounce, runs } = setUp({ workMs });
        const triggers: number[] = [];
        for (const gap of gaps) {
          await clock.advance(gap);
          debounce.trigger();
          triggers.push(clock.monotonic());
        }
        await clock.advance(1000);
        for (const at of triggers) {
          const next = runs.find(({ start }) => start >= at);
          expect(next?.start).toBeLessThanOrEqual(at + 20 + workMs);
        }
        for (const [i, run] of runs.entries()) expect(run.start).toBeGreaterThanOrEqual(runs[i - 1]?.end ?? 0);
        expect(runs.length).toBeLessThanOrEqual(triggers.length);
      }),
      { numRuns: 40 },
    );
  });
});
