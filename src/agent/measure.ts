import { countFlows } from '../dataplane/conntrack/count.ts';
import type { FlowCount } from '../dataplane/conntrack/parse-count.ts';
import { groupMark, marksOf, tableName } from '../dataplane/desired/names.ts';
import { readCounters } from '../dataplane/nft/counters.ts';
import { type CounterValue, countedSince } from '../dataplane/nft/parse-counters.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { createCollector } from '../telemetry/collector.ts';
import type { Logger } from '../telemetry/log.ts';
import { tellDrops } from './drop-metrics.ts';
import { type GatewayFact, type GatewaySight, gatewayFacts } from './gateway-facts.ts';
import { type Counted, createGatewayMetrics } from './gateway-metrics.ts';
import type { AgentMetrics } from './metrics.ts';

export interface MeasureOptions {
  readonly runner: Runner;
  readonly metrics: AgentMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Has this called at every scrape. */
  onScrape(collect: () => Promise<void>): void;
}

export interface Measuring {
  /** What the last round knew. */
  want(sight: GatewaySight): void;
}

/** A process each; nobody's scrape comes more often. */
const everyMs = 10_000;
/** The walk through a table of a million flows takes seconds: 2 % of one core at most. */
const restOfWalk = 50;

/** Reads the kernel's counters and flows when metrics are scraped, and only then. */
export function startMeasuring(options: MeasureOptions): Measuring {
  const { runner, metrics, clock, signal } = options;
  const gateways = createGatewayMetrics(metrics);
  let sight: GatewaySight | undefined;
  let before: ReadonlyMap<string, CounterValue> = new Map();
  let flows: ReadonlyMap<string, FlowCount> = new Map();
  const readAll = async () => {
    if (sight === undefined) return;
    const now = await readCounters(runner, { family: 'inet', name: tableName });
    const counted = grownSince(before, now);
    before = now;
    tellDrops(metrics, counted);
    gateways.tell({ facts: gatewayFacts(sight), counted, flows });
  };
  const walk = async () => {
    if (sight === undefined) return;
    const owned = gatewayFacts(sight).filter(({ isOwned }) => isOwned);
    flows = await countOwned(owned, sight, { runner, clock, signal });
  };
  const countAll = createCollector({ ...options, what: 'flows', everyMs, rest: restOfWalk, collect: walk });
  const tellAll = createCollector({ ...options, what: 'counters', everyMs, collect: readAll });
  options.onScrape(async () => {
    await countAll();
    await tellAll();
  });
  return {
    want: (now) => {
      sight = now;
    },
  };
}

/** Pure: the counters that grew, by how much. */
export function grownSince(before: ReadonlyMap<string, CounterValue>, now: ReadonlyMap<string, CounterValue>): Counted {
  return new Map(
    [...now]
      .map(([name, value]) => [name, countedSince(before.get(name), value)] as const)
      .filter(([, { packets }]) => packets > 0),
  );
}

async function countOwned(
  owned: readonly GatewayFact[],
  { selection: { plan } }: GatewaySight,
  shells: Pick<MeasureOptions, 'runner' | 'clock' | 'signal'>,
): Promise<ReadonlyMap<string, FlowCount>> {
  const marks = marksOf(plan.marks.mask);
  const groups = new Set(owned.flatMap(({ group }) => (group === undefined ? [] : [group])));
  const names = new Map(owned.flatMap(({ uid, addresses }) => addresses.map((address) => [address, uid] as const)));
  const found = await countFlows({
    ...shells,
    marks: [...groups].map((group) => groupMark(marks, group)),
    mask: marks.group,
    names,
  });
  return new Map(owned.map(({ uid }) => [uid, found.get(uid) ?? { flows: 0, ports: 0 }]));
}
