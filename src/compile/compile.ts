import type { Gateway } from '../api/gateway.ts';
import type { EgressNodeReport } from '../api/kinds.ts';
import { type AddressPair, pairAddresses } from './address-pairs.ts';
import { type AddressAllocation, allocateAddresses } from './allocate-addresses.ts';
import { allocateCluster, type Numbers } from './allocate-cluster.ts';
import { attachRoutes, type JudgedRoute } from './attach-routes.ts';
import type { IndexedNodes } from './candidates.ts';
import type { ClaimedAddress } from './claim-ledger.ts';
import { clusterRanges } from './cluster-ranges.ts';
import type { EgressPlan, RuleSetPlan } from './egress-plan.ts';
import { type GatewayState, readGatewayState } from './gateway-state.ts';
import { type AttachedRoutes, planGateway, planPlacement } from './gateway-status.ts';
import { judgeClasses } from './judge-classes.ts';
import { type JudgedGateway, judgeGateways } from './judge-gateways.ts';
import { type JudgedPool, judgePools, poolStatus } from './judge-pools.ts';
import { createListPool, createMemo, createSteady } from './memo.ts';
import { rememberAddresses } from './node-addresses.ts';
import { compareText } from './order.ts';
import { planPlacements } from './plan-placements.ts';
import { planRoutes } from './plan-routes.ts';
import { planClasses, planClusterStatus, planNodes } from './platform-status.ts';
import { readPublications } from './publication.ts';
import { indexReports, type ReportIndex } from './report-index.ts';
import { newRestJudge, type RestJudge } from './rest.ts';
import { planRuleSets } from './rule-sets.ts';
import { newScribe, type Scribe } from './scribe.ts';
import type { Snapshot } from './snapshot.ts';
import { finish, mapInSteps, type Steps } from './steps.ts';
import { type Alarm, newAlarm } from './time.ts';

/**
 * The meaning of a snapshot: what to write, allocate and publish. Pure, deterministic and independent of the order of its
 * arrays. What it allocates is only wanted until a later snapshot shows it written; placements use nothing else.
 */
export function compile(snapshot: Snapshot): EgressPlan {
  return finish(compileSteps(snapshot));
}

/**
 * The same in steps of a few milliseconds. What was compiled from the very same objects before is not compiled again: give the
 * objects of the last snapshot as they are, and only what changed costs time.
 */
export function* compileSteps(seen: Snapshot): Steps<EgressPlan> {
  const snapshot = rememberAddresses(seen);
  const alarm = newAlarm(snapshot.now);
  const scribe = newScribe(snapshot.now);
  const rest = judgeRest(snapshot, alarm);
  yield;
  const ranges = clusterRanges(snapshot);
  yield;
  const classes = judgeClasses(snapshot);
  const pools = judgePools(snapshot.pools, ranges.parsed);
  const gateways = judgeGateways(snapshot, classes).map((judged) => steadyGateway(judged.gateway, judged));
  yield;
  const allocation = allocate({ snapshot, gateways, pools, rest, inside: ranges.parsed });
  yield;
  const states = yield* placeAndRead(snapshot, gateways, allocation);
  const routes = yield* attachRoutes(snapshot, gateways);
  const ruleSets = yield* groupRuleSets(gateways, routes);
  const publications = readPublications(ruleSets, snapshot, alarm);
  yield;
  const world = { states: new Map(states.map((state) => [uidOf(state.placed.judged), state])), publications };
  const cluster = planClusterStatus({ snapshot, ranges, numbers: allocation.numbers }, scribe);
  const plan = {
    classes: planClasses(snapshot, classes, scribe),
    ...(yield* planGateways(snapshot, states, { attached: countAttached(routes), scribe })),
    routes: yield* planRoutes(routes, world, { scribe, now: snapshot.now }),
    ruleSets: [...ruleSets.values()].flat().sort((a, b) => compareText(a.name, b.name)),
    nodes: planNodes(snapshot, allocation.numbers),
    claims: allocation.addresses.changes,
    ...(cluster === undefined ? {} : { cluster }),
    pools: planPools(pools, { claimed: allocation.addresses.claimed, scribe }),
  };
  const recheckAt = alarm.earliest();
  return {
    ...plan,
    events: scribe.events,
    diagnostics: scribe.diagnostics,
    ...(recheckAt === undefined ? {} : { recheckAt }),
  };
}

const steadyGateway = createSteady<Gateway, JudgedGateway>();
const steadyState = createSteady<JudgedGateway, GatewayState>();

function judgeRest({ reports, placements, nodes, now }: Snapshot, alarm: Alarm): RestJudge {
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  const known = steadyReports(reports.filter(({ metadata }) => names.has(metadata.name)));
  const ready = new Set(nodes.filter(({ status }) => status.ready).map(({ metadata }) => metadata.name));
  return newRestJudge({ reports: known, placements, now, ready }, alarm);
}

const steadyReports = createListPool<EgressNodeReport>();
const reportIndex = createMemo<Snapshot['reports'], ReportIndex>();

function uidOf({ gateway }: JudgedGateway): string {
  return gateway.metadata.uid;
}

interface AllocateInput {
  readonly snapshot: Snapshot;
  readonly gateways: readonly JudgedGateway[];
  readonly pools: readonly JudgedPool[];
  readonly inside: Parameters<typeof judgePools>[1];
  readonly rest: RestJudge;
}

interface Allocation {
  readonly addresses: AddressAllocation;
  readonly pairs: ReadonlyMap<string, readonly AddressPair[]>;
  /** Absent without an EgressCluster. */
  readonly numbers: Numbers | undefined;
}

function allocate({ snapshot, gateways, pools, inside, rest }: AllocateInput): Allocation {
  const { claims, now, cluster, nodes, egressNodes } = snapshot;
  const labels = new Map(snapshot.namespaces.map(({ metadata }) => [metadata.name, metadata.labels]));
  const applicants = gateways.map(({ gateway, settings, requests }) => {
    if (settings === undefined) return { gateway };
    const namespaceLabels = labels.get(gateway.metadata.namespace ?? '');
    return { gateway, wants: { network: settings.network.name, namespaceLabels, requests } };
  });
  const addresses = allocateAddresses(applicants, { claims, pools, inside, now, rest });
  const pairs = new Map([...addresses.results].map(([uid, { grants }]) => [uid, pairAddresses(grants)]));
  const placements = new Map(snapshot.placements.map((placement) => [placement.metadata.name, placement]));
  const numbers =
    cluster === undefined
      ? undefined
      : allocateCluster({ cluster, nodes, egressNodes, gateways, pairs, placements, now, rest });
  return { addresses, pairs, numbers };
}

function* placeAndRead(
  snapshot: Snapshot,
  gateways: readonly JudgedGateway[],
  { addresses, pairs, numbers }: Allocation,
): Steps<readonly GatewayState[]> {
  const placements = new Map(snapshot.placements.map((placement) => [placement.metadata.name, placement]));
  const nodes: IndexedNodes = new Map(
    snapshot.nodes
      .filter(({ metadata }) => numbers?.nodeIndexes.has(metadata.name) === true)
      .map((node) => [node.metadata.name, node]),
  );
  const { advertMilliseconds } = snapshot;
  const placed = planPlacements({
    gateways,
    pairs,
    placements,
    nodes,
    ...(numbers === undefined ? {} : { numbers }),
    ...(advertMilliseconds === undefined ? {} : { advertMilliseconds }),
  });
  const reports = reportIndex(snapshot.reports, [snapshot.nodes], () => {
    return indexReports(
      snapshot.reports,
      new Map(snapshot.nodes.map(({ metadata, status }) => [metadata.name, status.ready])),
    );
  });
  yield;
  return yield* mapInSteps(placed, (entry) => {
    const state = readGatewayState(entry, { placements, addresses: addresses.results, reports });
    return steadyState(entry.judged, state);
  });
}

function* groupRuleSets(
  gateways: readonly JudgedGateway[],
  routes: readonly JudgedRoute[],
): Steps<ReadonlyMap<string, readonly RuleSetPlan[]>> {
  const carried = Map.groupBy(routes, ({ winner }) => winner?.gateway);
  const entries = yield* mapInSteps(gateways, (gateway): [string, readonly RuleSetPlan[]] => [
    uidOf(gateway),
    planRuleSets(gateway, carried.get(gateway) ?? []),
  ]);
  return new Map(entries);
}

function countAttached(routes: readonly JudgedRoute[]): ReadonlyMap<JudgedGateway, AttachedRoutes> {
  const counts = new Map<JudgedGateway, Map<string, number>>();
  for (const { parents } of routes) {
    for (const [index, { gateway, listeners }] of parents.entries()) {
      const own = counts.get(gateway) ?? new Map<string, number>();
      counts.set(gateway, own);
      // Two parentRefs of one route may meet in one listener: the route still counts once.
      const before = parents.slice(0, index).filter((parent) => parent.gateway === gateway);
      for (const name of listeners) {
        if (before.every((parent) => !parent.listeners.includes(name))) own.set(name, (own.get(name) ?? 0) + 1);
      }
    }
  }
  return counts;
}

function* planGateways(
  snapshot: Snapshot,
  states: readonly GatewayState[],
  output: { readonly attached: ReadonlyMap<JudgedGateway, AttachedRoutes>; readonly scribe: Scribe },
): Steps<Pick<EgressPlan, 'gateways' | 'placements'>> {
  const { attached, scribe } = output;
  const placements = new Map(snapshot.placements.map((placement) => [placement.metadata.name, placement]));
  const sorted = [...states].sort((a, b) => compareText(a.placed.judged.key, b.placed.judged.key));
  return {
    gateways: yield* mapInSteps(sorted, (state) =>
      planGateway(state, attached.get(state.placed.judged) ?? new Map(), scribe),
    ),
    placements: sorted
      .map((state) => planPlacement(state, placements.get(uidOf(state.placed.judged)), snapshot.now))
      .filter((placement) => placement !== undefined)
      .sort((a, b) => compareText(a.name, b.name)),
  };
}

function planPools(
  pools: readonly JudgedPool[],
  { claimed, scribe }: { readonly claimed: readonly ClaimedAddress[]; readonly scribe: Scribe },
): EgressPlan['pools'] {
  return pools.map((pool) => ({ name: pool.pool.metadata.name, status: poolStatus(pool, claimed, scribe) }));
}
