import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import type { RouteOwnership } from './model.ts';
import { concernsUs } from './monitor-line.ts';

export interface RouteWatch {
  readonly owned: RouteOwnership;
  readonly signal: AbortSignal;
  /** May come once per changed object: collect before reading. */
  onChange(): void;
}

interface Watch extends RouteWatch {
  readonly runner: Runner;
  readonly clock: Clock;
}

/** `ip monitor` says nothing when it begins to listen; it has long done so by then. */
const startMs = 100;
const firstDelayMs = 50;
const longestDelayMs = 5_000;

/** Keeps `ip monitor` running until the signal aborts; see `Routing.watch`. */
export async function watchRoutes(watch: Watch): Promise<void> {
  let delay = firstDelayMs;
  while (!watch.signal.aborted) {
    const started = watch.clock.monotonic();
    await listen(watch);
    if (watch.signal.aborted) return;
    watch.onChange();
    delay = watch.clock.monotonic() - started > longestDelayMs ? firstDelayMs : Math.min(delay * 2, longestDelayMs);
    await watch.clock.sleep(delay, watch.signal).catch(() => {});
  }
}

async function listen(watch: Watch): Promise<void> {
  const ended = new AbortController();
  const started = watch.clock
    .sleep(startMs, AbortSignal.any([watch.signal, ended.signal]))
    .then(watch.onChange, () => {});
  // A monitor that cannot be started is tried again: reading, which follows, will say what is wrong.
  await watch.runner
    .lines('ip', ['monitor', 'link', 'address', 'route', 'rule', 'neigh'], {
      signal: watch.signal,
      onLine: (line) => {
        if (concernsUs(line, watch.owned)) watch.onChange();
      },
    })
    .catch(() => {});
  ended.abort();
  await started;
}
