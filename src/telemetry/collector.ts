import type { Clock } from '../platform/clock.ts';
import type { Logger } from './log.ts';

export interface CollectorOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** What is measured, for the log. */
  readonly what: string;
  /** From one beginning to the next, at least. */
  readonly everyMs: number;
  /** How many times as long as the last took nothing is begun; default 20, so that it takes 5 % of the time at most. */
  readonly rest?: number;
  /** How long a scrape waits before it is answered with what is known; default 2 s. */
  readonly patienceMs?: number;
  collect(): Promise<void>;
}

/** Work that scrapes ask for: once for all that ask meanwhile, never more often than is worth it, and not at all while nobody asks. Never rejects. */
export function createCollector(options: CollectorOptions): () => Promise<void> {
  const { clock, log, signal, what, everyMs, rest = 20, patienceMs = 2_000, collect } = options;
  let running: Promise<void> | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  const run = async () => {
    const started = clock.monotonic();
    try {
      await collect();
      isFailing = false;
    } catch (error) {
      if (!isFailing && !signal.aborted)
        log.warn({ what, error: String(error) }, 'not measured for the metrics: what was known is shown');
      isFailing = true;
    }
    const ended = clock.monotonic();
    nextAt = Math.max(started + everyMs, ended + rest * (ended - started));
    running = undefined;
  };
  return async () => {
    if (running === undefined && clock.monotonic() >= nextAt && !signal.aborted) running = run();
    if (running === undefined) return;
    const over = new AbortController();
    await Promise.race([running, clock.sleep(patienceMs, over.signal).catch(() => {})]);
    over.abort();
  };
}
