import { setTimeout as realSleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../src/platform/clock.ts';
import { describeClock } from '../../support/clock-contract.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

describeClock('the system clock', () => ({
  clock: systemClock,
  pass: async (ms) => {
    await realSleep(ms);
  },
}));

describeClock('the fake', () => {
  const clock = createFakeClock();
  return { clock, pass: clock.advance };
});

describe('the system clock', () => {
  it('does not wake at once from a sleep longer than a timer can be', async () => {
    const controller = new AbortController();
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const sleep = systemClock.sleep(2 ** 40, controller.signal).then(
      () => 'awake',
      () => 'aborted',
    );
    await realSleep(30);
    controller.abort();
    expect(await sleep).toBe('aborted');
    expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([2 ** 31 - 1]);
    timers.mockRestore();
  });
});

describe('the fake clock', () => {
  it('shows each sleeper its own time, exactly', async () => {
    const clock = createFakeClock(Date.UTC(2030, 0, 1));
    const seen: number[] = [];
    void clock.sleep(10).then(() => seen.push(clock.monotonic()));
    void clock.sleep(20).then(() => seen.push(clock.now() - Date.UTC(2030, 0, 1)));
    await clock.advance(15);
    expect([seen, clock.sleeping()]).toEqual([[10], 1]);
    await clock.advance(5);
    expect([seen, clock.sleeping()]).toEqual([[10, 20], 0]);
  });

  it('jumps the wall clock without waking anybody', async () => {
    const clock = createFakeClock();
    const before = clock.now();
    let awake = false;
    void clock.sleep(1000).then(() => {
      awake = true;
    });
    clock.jump(3_600_000);
    await clock.advance(0);
    expect([clock.now() - before, clock.monotonic(), awake]).toEqual([3_600_000, 0, false]);
  });
});
