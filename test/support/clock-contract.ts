import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/platform/clock.ts';

/** A clock under test, and the way to let time pass in it. */
export interface ClockUnderTest {
  readonly clock: Clock;
  pass(ms: number): Promise<void>;
}

/** What every clock must do, the machine's and the fake. */
export function describeClock(name: string, make: () => ClockUnderTest): void {
  describe(`clock contract: ${name}`, () => {
    it('sleeps as long as asked and not longer than passes', async () => {
      const { clock, pass } = make();
      let awake = false;
      const start = clock.monotonic();
      const sleep = clock.sleep(40).then(() => {
        awake = true;
        return clock.monotonic() - start;
      });
      await pass(5);
      expect(awake).toBe(false);
      await pass(60);
      expect(awake).toBe(true);
      expect(await sleep).toBeGreaterThanOrEqual(40);
    });

    it('wakes sleepers in the order of their times', async () => {
      const { clock, pass } = make();
      const order: number[] = [];
      const all = [50, 5, 25].map((ms) => clock.sleep(ms).then(() => order.push(ms)));
      await pass(80);
      await Promise.all(all);
      expect(order).toEqual([5, 25, 50]);
    });

    it('lets a sleeper sleep again within the time that passes', async () => {
      const { clock, pass } = make();
      const chain = clock.sleep(10).then(() => clock.sleep(10));
      await pass(60);
      await chain;
    });

    it.each([0, -5, Number.NaN])('does not sleep for %d ms', async (ms) => {
      await make().clock.sleep(ms);
    });

    it('rejects with the reason of the signal, before and during', async () => {
      const { clock, pass } = make();
      const controller = new AbortController();
      const sleep = clock.sleep(10_000, controller.signal);
      const outcome = expect(sleep).rejects.toBe('enough');
      await pass(1);
      controller.abort('enough');
      await outcome;
      await expect(clock.sleep(10_000, controller.signal)).rejects.toBe('enough');
      await expect(clock.sleep(0, controller.signal)).rejects.toBe('enough');
    });

    it('lets go of the signal after sleeping', async () => {
      const { clock, pass } = make();
      const controller = new AbortController();
      let listeners = 0;
      const { signal } = controller;
      const counted = Object.assign(Object.create(signal), {
        throwIfAborted: () => signal.throwIfAborted(),
        addEventListener: () => {
          listeners += 1;
        },
        removeEventListener: () => {
          listeners -= 1;
        },
      }) as AbortSignal;
      const sleep = clock.sleep(5, counted);
      await pass(30);
      await sleep;
      expect(listeners).toBe(0);
    });

    it('tells the time: both go on, monotonic never back', async () => {
      const { clock, pass } = make();
      const [now, monotonic] = [clock.now(), clock.monotonic()];
      expect(now).toBeGreaterThan(Date.UTC(2020, 0, 1));
      await pass(30);
      expect(clock.now()).toBeGreaterThan(now);
      expect(clock.monotonic()).toBeGreaterThanOrEqual(monotonic + 25);
    });
  });
}
