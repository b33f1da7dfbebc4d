/** Time as the rest of the program may see it, in milliseconds; the fake of the tests keeps the same contract. */
export interface Clock {
  /** Wall clock, since 1970. May jump: never measure with it. */
  now(): number;
  /** Since some fixed moment; never goes back. */
  monotonic(): number;
  /** Resolves after `ms` (at once if not positive); rejects with the signal's reason when aborted, before or during. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Beyond this setTimeout fires at once (Node: 32-bit timers). */
const longestTimer = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    const end = performance.now() + ms;
    for (let left = ms; left > 0; left = end - performance.now()) await wait(Math.min(left, longestTimer), signal);
  },
};

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, Math.ceil(ms));
    signal?.addEventListener('abort', stop, { once: true });
  });
}
