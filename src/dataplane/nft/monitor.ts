import type { Clock } from '../../platform/clock.ts';
import type { Runner } from '../../platform/exec.ts';
import type { TableName } from './commands.ts';
import { createMonitorReader, type MonitorReader } from './monitor-batch.ts';

/** Told to whoever keeps the tables right: somebody else changed them, or perhaps did so unseen. */
export type NftChange =
  | {
      readonly kind: 'foreign';
      readonly tables: readonly string[];
      /** Those of them that are there no more. */
      readonly gone: readonly string[];
      readonly process: string;
      readonly pid: number;
    }
  | { readonly kind: 'unknown'; readonly why: string };

export interface NftWatch {
  readonly tables: readonly TableName[];
  readonly signal: AbortSignal;
  onChange(change: NftChange): void;
}

interface Watch extends NftWatch {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly marker: string;
  /** Commits a transaction that changes nothing but is seen as our own. */
  mark(): Promise<void>;
}

const firstDelayMs = 50;
const longestDelayMs = 5_000;
const markIntervalMs = 100;

/** Keeps `nft monitor` running until the signal aborts; see `Nft.watch`. */
export async function watchTables(watch: Watch): Promise<void> {
  let delay = firstDelayMs;
  while (!watch.signal.aborted) {
    const started = watch.clock.monotonic();
    const why = await listen(watch);
    if (watch.signal.aborted) return;
    watch.onChange({ kind: 'unknown', why });
    delay = watch.clock.monotonic() - started > longestDelayMs ? firstDelayMs : Math.min(delay * 2, longestDelayMs);
    await watch.clock.sleep(delay, watch.signal).catch(() => {});
  }
}

// Until the first mark is seen the monitor may still be loading its cache, and is deaf; so marks are sent until then.
async function listen(watch: Watch): Promise<string> {
  const heard = new AbortController();
  const reader = createMonitorReader(watch.tables, watch.marker);
  const run = watch.runner.lines('nft', ['monitor'], {
    signal: watch.signal,
    onLine: (line) => take(watch, reader, heard, line),
  });
  const marking = markUntilHeard(watch, AbortSignal.any([watch.signal, heard.signal]));
  try {
    const end = await run;
    return `nft monitor ended: ${end.stderr.trim() || end.kind}`;
  } catch (error) {
    return `nft monitor failed: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    heard.abort();
    await marking;
  }
}

function take(watch: Watch, reader: MonitorReader, heard: AbortController, line: string): void {
  const event = reader.read(line);
  if (event?.kind === 'foreign') watch.onChange(event);
  else if (event?.kind === 'lost') watch.onChange({ kind: 'unknown', why: 'nft monitor lost events' });
  else if (event?.kind === 'own' && !heard.signal.aborted) {
    heard.abort();
    watch.onChange({ kind: 'unknown', why: 'nft monitor has just begun to listen' });
  }
}

async function markUntilHeard(watch: Watch, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A mark that fails is repeated: whoever commits next will report what is wrong with nft.
    await watch.mark().catch(() => {});
    await watch.clock.sleep(markIntervalMs, signal).catch(() => {});
  }
}
