import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import type { RouteOwnership } from './model.ts';
import { concernsUs, isLinkLine, isSettingLine } from './monitor-line.ts';

export interface RouteWatch {
  readonly owned: RouteOwnership;
  readonly signal: AbortSignal;
  /** May come once per changed object: collect before reading. `links`: a device of ours may have come or gone; `settings`: one was written, by whom ever. */
  onChange(what: 'links' | 'routes' | 'settings'): void;
}

interface Watch extends RouteWatch {
  readonly runner: Runner;
  readonly clock: Clock;
  /** When our own last change ended, by the clock; Infinity while one is under way, -Infinity before the first. */
  changedAt(): number;
}

/** Nothing tells own changes from others': what is heard so soon after one is looked at later, and once. */
const ownMs = 250;
const laterMs = 2_000;

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
    watch.onChange('links');
    delay = watch.clock.monotonic() - started > longestDelayMs ? firstDelayMs : Math.min(delay * 2, longestDelayMs);
    await watch.clock.sleep(delay, watch.signal).catch(() => {});
  }
}

async function listen(watch: Watch): Promise<void> {
  const ended = new AbortController();
  const either = AbortSignal.any([watch.signal, ended.signal]);
  const started = watch.clock.sleep(startMs, either).then(
    () => watch.onChange('links'),
    () => {},
  );
  let isPostponed = false;
  const onOwn = () => {
    if (isPostponed) return;
    isPostponed = true;
    const look = () => {
      isPostponed = false;
      watch.onChange('routes');
    };
    watch.clock.sleep(laterMs, either).then(look, () => {});
  };
  // A monitor that cannot be started is tried again: reading, which follows, will say what is wrong.
  await watch.runner
    .lines('ip', ['monitor', 'link', 'address', 'route', 'rule', 'neigh', 'netconf'], {
      signal: watch.signal,
      onLine: (line) => {
        if (isSettingLine(line, watch.owned)) watch.onChange('settings');
        if (!concernsUs(line, watch.owned)) return;
        if (isLinkLine(line)) watch.onChange('links');
        else if (watch.clock.monotonic() - watch.changedAt() < ownMs) onOwn();
        else watch.onChange('routes');
      },
    })
    .catch(() => {});
  ended.abort();
  await started;
}
