import { counters } from '../dataplane/desired/names.ts';
import type { Counted } from './gateway-metrics.ts';
import type { AgentMetrics } from './metrics.ts';

type DropCounter = keyof typeof counters;

/** Guards: what they count would have left wrongly, and must stay 0. */
const guards: Readonly<Partial<Record<DropCounter, string>>> = {
  guardMark: 'mark',
  guardTransit: 'transit',
  guardNetwork: 'network',
};

/** Adds what rules dropped since the last look, also nothing, so that every reason has its series from the first scrape on. */
export function tellDrops(metrics: Pick<AgentMetrics, 'dropped' | 'guarded'>, counted: Counted): void {
  for (const [key, name] of Object.entries(counters) as [DropCounter, string][]) {
    const packets = counted.get(name)?.packets ?? 0;
    const guard = guards[key];
    if (guard === undefined) metrics.dropped.add({ reason: name }, packets);
    else metrics.guarded.add({ guard }, packets);
  }
}
