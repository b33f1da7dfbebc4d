import { type GroupFigures, parseFigures, type ReplicationFigures } from '../dataplane/replication/figures.ts';
import type { ReplicationStats } from '../dataplane/replication/stats.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { readTextIfExists, watchFile } from '../platform/files.ts';
import type { AgentMetrics } from './metrics.ts';

export interface ReplicationMetricsOptions {
  readonly runDir: string;
  readonly metrics: AgentMetrics;
  readonly signal: AbortSignal;
}

/** Keeps the metrics of replication what the failover process last wrote of it, until the signal aborts. */
export async function followReplication({ runDir, metrics, signal }: ReplicationMetricsOptions): Promise<void> {
  const path = failoverFiles(runDir).figures;
  let before: ReplicationFigures = new Map();
  let reading = Promise.resolve();
  const read = async () => {
    const now = parseFigures(await readTextIfExists(path).catch(() => undefined));
    tellFigures(metrics, before, now);
    before = now;
  };
  const onChange = () => {
    reading = reading.then(read);
  };
  const watching = watchFile(path, { signal, onChange });
  onChange();
  await watching;
  await reading;
}

const dropReasons = {
  sendErrors: 'send',
  receiveErrors: 'receive',
  malformed: 'malformed',
  lost: 'lost',
  injectFailed: 'inject',
  queueFull: 'queue',
  overruns: 'netlink',
} as const satisfies Partial<Record<keyof ReplicationStats, string>>;

/** Sets the metrics from what was known to what is known; what conntrackd counts begins anew with it. */
export function tellFigures(metrics: AgentMetrics, before: ReplicationFigures, now: ReplicationFigures): void {
  for (const [number, figures] of now) {
    const group = String(number);
    const past = before.get(number) ?? {};
    if (figures.flows !== undefined) metrics.replicatedFlows.set({ group }, figures.flows);
    if (figures.silentSeconds !== undefined) metrics.replicationSilence.set({ group }, figures.silentSeconds);
    const { unsent, unacknowledged } = figures;
    if (unsent !== undefined) metrics.replicationBacklog.set({ group, queue: 'unsent' }, unsent);
    if (unacknowledged !== undefined)
      metrics.replicationBacklog.set({ group, queue: 'unacknowledged' }, unacknowledged);
    metrics.replicationMessages.add({ group, direction: 'sent' }, growth(past, figures, 'sent'));
    metrics.replicationMessages.add({ group, direction: 'received' }, growth(past, figures, 'received'));
    metrics.replicatedCopies.add({ group }, growth(past, figures, 'injected'));
    for (const [name, reason] of Object.entries(dropReasons) as [keyof typeof dropReasons, string][])
      metrics.replicationDrops.add({ group, reason }, growth(past, figures, name));
  }
  for (const number of before.keys()) {
    if (now.has(number)) continue;
    const group = String(number);
    metrics.replicatedFlows.remove({ group });
    metrics.replicationSilence.remove({ group });
    for (const queue of ['unsent', 'unacknowledged']) metrics.replicationBacklog.remove({ group, queue });
  }
}

function growth(before: GroupFigures, now: GroupFigures, name: keyof ReplicationStats): number {
  const [from = 0, to = 0] = [before[name], now[name]];
  return to >= from ? to - from : to;
}
