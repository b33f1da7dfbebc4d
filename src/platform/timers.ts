import { type Clock, systemClock } from './clock.ts';

export interface DebounceOptions {
  readonly clock?: Clock | undefined;
  /** Quiet time after the last trigger. */
  readonly windowMs: number;
  /** From the first trigger at most; default `windowMs`, so that a steady stream of triggers delays nothing. */
  readonly maxWaitMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Never called twice at a time. */
  run(signal: AbortSignal): Promise<void> | void;
}

export interface Debounce {
  /** Asks for a run; of many asks within the window one run comes, and asks during a run bring one more. */
  trigger(): void;
  /** Asks for a run without waiting for more asks: at once, or when the run under way ends. */
  hurry(): void;
  /** Resolves after abort, when a run under way has ended; rejects (and no more runs come) when a run throws. */
  readonly done: Promise<void>;
}

/** Collects triggers into runs. `done` must be awaited or caught: a run that throws is not swallowed. */
export function createDebounce(options: DebounceOptions): Debounce {
  const { clock = systemClock, signal } = options;
  let first: number | undefined;
  let last = 0;
  let isUrgent = false;
  let wake = () => {};
  let skip = () => {};

  // Resolves at the next trigger or abort.
  const triggered = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (first !== undefined || signal.aborted) resolve();
    });
  const collect = async (start: number) => {
    const latest = start + (options.maxWaitMs ?? options.windowMs);
    for (;;) {
      const left = Math.min(latest, last + options.windowMs) - clock.monotonic();
      if (isUrgent || left <= 0) return;
      const over = new AbortController();
      skip = () => over.abort();
      signal.addEventListener('abort', skip, { once: true });
      await clock.sleep(left, over.signal).catch(() => {});
      signal.removeEventListener('abort', skip);
      signal.throwIfAborted();
    }
  };
  const loop = async () => {
    for (;;) {
      await triggered();
      if (signal.aborted || first === undefined) return;
      await collect(first).catch(ignoreAbort(signal));
      if (signal.aborted) return;
      first = undefined;
      isUrgent = false;
      await options.run(signal);
    }
  };

  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort, { once: true });
  const done = loop().finally(() => signal.removeEventListener('abort', onAbort));
  const trigger = () => {
    last = clock.monotonic();
    first ??= last;
    wake();
  };
  return {
    trigger,
    hurry() {
      isUrgent = true;
      trigger();
      skip();
    },
    done,
  };
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}
