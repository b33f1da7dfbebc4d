import { type ConntrackStats, parseProcStats, parseToolStats, refusedSince } from '../dataplane/conntrack/stats.ts';
import { createSysctls } from '../dataplane/sysctl/exec.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists } from '../platform/files.ts';
import type { Logger } from '../telemetry/log.ts';
import type { AgentMetrics } from './metrics.ts';

/** New flows that the kernel does not take, in words; what leaves has its right source all the same. */
export interface Pressure {
  readonly reason: 'ConntrackTableFull' | 'NoFreePort';
  readonly message: string;
}

/** What is known of connection tracking at one moment; undefined: the kernel does not say. */
export interface ConntrackLook {
  readonly stats: ConntrackStats | undefined;
  readonly entries: number | undefined;
  readonly limit: number | undefined;
}

export interface PressureOptions {
  readonly runner: Runner;
  readonly metrics: AgentMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The pressure is another than before. */
  onChange(): void;
  /** Default: this network namespace's. */
  readonly look?: () => Promise<ConntrackLook>;
}

export interface PressureWatch {
  /** Undefined: none in the last minute. */
  now(): Pressure | undefined;
  readonly done: Promise<void>;
}

const intervalMs = 10_000;
/** A condition that comes and goes with every look is of no use to anybody. */
const rememberMs = 60_000;
/** Two packets that begin one flow at once are lost by the one of the two, now and then, on any busy node. */
const fewestNotUnique = 10;
/** Flows may have ended since the last was refused. */
const fullFrom = 0.75;

/** Looks every 10 s whether new flows are refused: into the metrics, the log, and for the report. */
export function watchPressure(options: PressureOptions): PressureWatch {
  const { metrics, clock, log, signal, onChange } = options;
  const look = options.look ?? (() => lookAtConntrack(options.runner));
  let before: ConntrackStats | undefined;
  let pressure: (Pressure & { readonly at: number }) | undefined;
  const step = async () => {
    const seen = await look();
    tellMetrics(metrics, before, seen);
    const found = before === undefined ? undefined : pressureOf(before, seen);
    before = seen.stats ?? before;
    const last = pressure;
    if (found !== undefined) pressure = { ...found, at: clock.monotonic() };
    else if (pressure !== undefined && clock.monotonic() - pressure.at >= rememberMs) pressure = undefined;
    if (last?.reason === pressure?.reason) {
      // What it says stays as it began: else every look would be another report.
      if (last !== undefined && pressure !== undefined) pressure = { ...last, at: pressure.at };
      return;
    }
    if (pressure === undefined) log.info({}, 'new flows are taken again');
    else log.error({ reason: pressure.reason }, pressure.message);
    onChange();
  };
  const loop = async () => {
    while (!signal.aborted) {
      await step().catch((error: unknown) => log.warn({ error: String(error) }, 'connection tracking not looked at'));
      await clock.sleep(intervalMs, signal).catch(() => {});
    }
  };
  return { now: () => pressure && { reason: pressure.reason, message: pressure.message }, done: loop() };
}

/** Pure: what the growth of the counters means. */
export function pressureOf(before: ConntrackStats, { stats, entries, limit }: ConntrackLook): Pressure | undefined {
  if (stats === undefined) return undefined;
  const { tableFull, notUnique } = refusedSince(before, stats);
  // Other drops, few and for other reasons, are counted there, too.
  const isFull = entries === undefined || limit === undefined || entries >= limit * fullFrom;
  if (tableFull > 0 && isFull)
    return {
      reason: 'ConntrackTableFull',
      message: `packets of new flows are dropped (${tableFull} within 10 s): the connection tracking table is full (${entries ?? '?'} of ${limit ?? '?'} entries); raise net.netfilter.nf_conntrack_max on this node`,
    };
  if (notUnique < fewestNotUnique) return undefined;
  return {
    reason: 'NoFreePort',
    message: `packets of new flows are dropped (${notUnique} within 10 s): most likely no source port was free for them: one address has 64,512 to each destination, port and protocol; spread the Pods over more Gateways, or give theirs more addresses`,
  };
}

function tellMetrics(metrics: AgentMetrics, before: ConntrackStats | undefined, seen: ConntrackLook): void {
  const { stats, entries, limit } = seen;
  if (entries !== undefined) metrics.conntrackEntries.set({}, entries);
  if (limit !== undefined) metrics.conntrackLimit.set({}, limit);
  if (stats === undefined) return;
  // What was counted before this process began counts, too: it is the node's.
  const { tableFull, notUnique, evicted } = refusedSince(before ?? { dropped: 0, notUnique: 0, evicted: 0 }, stats);
  metrics.conntrackRefused.add({ reason: 'table-full' }, tableFull);
  metrics.conntrackRefused.add({ reason: 'no-free-port' }, notUnique);
  metrics.conntrackEvicted.add({}, evicted);
}

const [countKey, maxKey] = ['net/netfilter/nf_conntrack_count', 'net/netfilter/nf_conntrack_max'] as const;

/** Spawns `conntrack -S` only where the kernel has no /proc/net/stat/nf_conntrack (CONFIG_NF_CONNTRACK_PROCFS). */
async function lookAtConntrack(runner: Runner): Promise<ConntrackLook> {
  const values = await createSysctls().read([countKey, maxKey]);
  const number = (key: string) => (values.get(key) === undefined ? undefined : Number(values.get(key)));
  const proc = await readTextIfExists('/proc/net/stat/nf_conntrack');
  const stats =
    proc === undefined ? parseToolStats((await runner.run('conntrack', ['-S'])).stdout) : parseProcStats(proc);
  return { stats, entries: number(countKey), limit: number(maxKey) };
}
