import { type Clock, systemClock } from './clock.ts';

export interface SliceOptions {
  readonly clock?: Clock | undefined;
  /** Milliseconds that a slice may take before others get their turn; default 8. */
  readonly budgetMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** Runs a long computation (whatever pauses at its `yield`s) in slices, between which events are handled; rejects with what it throws, or with the signal's reason. */
export async function runInSlices<T>(steps: Iterator<unknown, T>, options: SliceOptions): Promise<T> {
  const { clock = systemClock, budgetMs = 8, signal } = options;
  for (;;) {
    signal.throwIfAborted();
    const end = clock.monotonic() + budgetMs;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (clock.monotonic() < end);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
