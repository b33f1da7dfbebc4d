import type { Clock } from '../platform/clock.ts';

/** An AbortSignal that follows a parent's and also aborts when nothing called `touch` for the given time. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Whether it was the time that ran out, not the parent that aborted. */
  readonly expired: boolean;
  touch(): void;
}

/** Starts a deadline; dispose it, or it keeps its timer and its listener on `parent` (which may live as long as the process). */
export function startDeadline(clock: Clock, ms: number, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  const timer = new AbortController();
  let due = clock.monotonic() + ms;
  let expired = false;
  const follow = () => controller.abort(parent?.reason);
  if (parent?.aborted) follow();
  parent?.addEventListener('abort', follow, { once: true });
  // One sleep per period however often it is touched: a watch is touched for every chunk.
  const run = async () => {
    for (let left = ms; left > 0; left = due - clock.monotonic()) await clock.sleep(left, timer.signal);
    expired = true;
    controller.abort(new Error(`nothing happened for ${ms} ms`));
  };
  run().catch(() => undefined);
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    touch: () => {
      due = clock.monotonic() + ms;
    },
    [Symbol.dispose]: () => {
      timer.abort();
      parent?.removeEventListener('abort', follow);
    },
  };
}
