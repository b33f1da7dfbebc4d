import type { Clock } from '../../src/platform/clock.ts';

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** Goes on by `ms`, waking each sleeper at its own time and letting it work before the next one. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as an administrator or NTP does. */
  jump(ms: number): void;
  /** How many are asleep. */
  sleeping(): number;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** A fake that passes the contract of the system clock; starts at `start` (wall) and 0 (monotonic). */
export function createFakeClock(start = Date.UTC(2030, 0, 1)): FakeClock {
  let elapsed = 0;
  let skew = 0;
  const sleepers = new Set<Sleeper>();

  const wakeNext = (until: number): boolean => {
    const [next] = [...sleepers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
    if (next === undefined) return false;
    elapsed = Math.max(elapsed, next.at);
    sleepers.delete(next);
    next.wake();
    return true;
  };
  return {
    now: () => start + elapsed + skew,
    monotonic: () => elapsed,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      if (!(ms > 0)) return;
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const wake = () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        };
        const sleeper: Sleeper = { at: elapsed + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    advance: async (ms) => {
      const until = elapsed + ms;
      await settle();
      while (wakeNext(until)) await settle();
      elapsed = until;
    },
    jump: (ms) => {
      skew += ms;
    },
    sleeping: () => sleepers.size,
  };
}

// Lets everything that is ready run: promise chains of any length, and callbacks of streams.
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
