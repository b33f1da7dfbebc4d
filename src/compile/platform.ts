import type { Gateway } from '../api/gateway.ts';
import type { EgressNodeReport } from '../api/kinds.ts';
import { type AddressPair, pairAddresses } from './address-pairs.ts';
import { type AddressAllocation, allocateAddresses } from './allocate-addresses.ts';
import { allocateCluster, type Numbers } from './allocate-cluster.ts';
import type { IndexedNodes } from './candidates.ts';
import { type ClusterRanges, clusterRanges } from './cluster-ranges.ts';
import { type GatewayState, readGatewayState } from './gateway-state.ts';
import { type JudgedClass, judgeClasses } from './judge-classes.ts';
import { type JudgedGateway, judgeGateways } from './judge-gateways.ts';
import { type JudgedPool, judgePools } from './judge-pools.ts';
import { createListPool, createMemo, createShelf, createSteady } from './memo.ts';
import { planPlacements } from './plan-placements.ts';
import { indexReports, type ReportIndex, readReport } from './report-index.ts';
import { newRestJudge, type RestJudge } from './rest.ts';
import type { PlatformSnapshot } from './snapshot.ts';
import { mapInSteps, type Steps } from './steps.ts';
import type { Alarm } from './time.ts';

/** What routes attach to: everything that is judged, allocated and placed without looking at a route. */
export interface Platform {
  readonly ranges: ClusterRanges;
  readonly classes: ReadonlyMap<string, JudgedClass>;
  readonly pools: readonly JudgedPool[];
  readonly gateways: readonly JudgedGateway[];
  readonly allocation: Allocation;
  readonly states: readonly GatewayState[];
}

export interface Allocation {
  readonly addresses: AddressAllocation;
  readonly pairs: ReadonlyMap<string, readonly AddressPair[]>;
  /** Absent without an EgressCluster. */
  readonly numbers: Numbers | undefined;
}

const known = createShelf<PlatformSnapshot['gateways'], Platform>();

/** Reads the platform, or finds it as it was read last when none of its lists has changed and time has no say in it. */
export function* readPlatform(snapshot: PlatformSnapshot, alarm: Alarm): Steps<Platform> {
  const { gateways: key, now: _, ...rest } = { ...snapshot, routes: 0, clusterRoutes: 0, ruleSets: 0, publishedAt: 0 };
  const inputs = Object.values(rest);
  const found = known.find(key, inputs);
  if (found !== undefined) return found;
  let asked = false;
  const own: Alarm = {
    at: (milliseconds) => {
      asked = true;
      alarm.at(milliseconds);
    },
    earliest: alarm.earliest,
  };
  const platform = yield* judgePlatform(snapshot, own);
  if (!asked && isTimeless(platform.allocation)) known.keep(key, inputs, platform);
  return platform;
}

// The time of this compile is in new claims and in what was just freed; whatever rests has set the alarm.
function isTimeless({ addresses: { changes }, numbers }: Allocation): boolean {
  if (changes.create.length + changes.update.length + changes.remove.length > 0) return false;
  if (numbers === undefined) return true;
  const { nodeIndexes, groups, identities } = numbers.status;
  return [nodeIndexes, groups, identities].every((list) => list.every(({ releasedAt }) => releasedAt === undefined));
}

function* judgePlatform(snapshot: PlatformSnapshot, alarm: Alarm): Steps<Platform> {
  const rest = judgeRest(snapshot, alarm);
  yield;
  const ranges = clusterRanges(snapshot);
  yield;
  const classes = judgeClasses(snapshot);
  const pools = judgePools(snapshot.pools, ranges.parsed);
  const judged = judgeGateways(snapshot, classes).map((entry) => steadyGateway(entry.gateway, entry));
  const gateways = steadyGateways(judged);
  yield;
  const allocation = yield* allocate({ snapshot, gateways, pools, rest, inside: ranges.parsed });
  yield;
  const states = yield* placeAndRead(snapshot, gateways, allocation);
  return { ranges, classes, pools, gateways, allocation, states };
}

const steadyGateway = createSteady<Gateway, JudgedGateway>();
const steadyGateways = createListPool<JudgedGateway>();
const steadyState = createSteady<JudgedGateway, GatewayState>();
const steadyReports = createListPool<EgressNodeReport>();
const reportIndex = createMemo<PlatformSnapshot['reports'], ReportIndex>();

function judgeRest({ reports, placements, nodes, now }: PlatformSnapshot, alarm: Alarm): RestJudge {
  const names = new Set(nodes.map(({ metadata }) => metadata.name));
  const existing = steadyReports(reports.filter(({ metadata }) => names.has(metadata.name)));
  const ready = new Set(nodes.filter(({ status }) => status.ready).map(({ metadata }) => metadata.name));
  return newRestJudge({ reports: existing, placements, now, ready }, alarm);
}

interface AllocateInput {
  readonly snapshot: PlatformSnapshot;
  readonly gateways: readonly JudgedGateway[];
  readonly pools: readonly JudgedPool[];
  readonly inside: Parameters<typeof judgePools>[1];
  readonly rest: RestJudge;
}

function* allocate({ snapshot, gateways, pools, inside, rest }: AllocateInput): Steps<Allocation> {
  const { claims, now, cluster, nodes, egressNodes } = snapshot;
  const labels = new Map(snapshot.namespaces.map(({ metadata }) => [metadata.name, metadata.labels]));
  const applicants = gateways.map(({ gateway, settings, requests }) => {
    if (settings === undefined) return { gateway };
    const namespaceLabels = labels.get(gateway.metadata.namespace ?? '');
    return { gateway, wants: { network: settings.network.name, namespaceLabels, requests } };
  });
  const addresses = allocateAddresses(applicants, { claims, pools, inside, now, rest });
  yield;
  const pairs = new Map([...addresses.results].map(([uid, { grants }]) => [uid, pairAddresses(grants)]));
  const placements = new Map(snapshot.placements.map((placement) => [placement.metadata.name, placement]));
  const numbers =
    cluster === undefined
      ? undefined
      : allocateCluster({ cluster, nodes, egressNodes, gateways, pairs, placements, now, rest });
  return { addresses, pairs, numbers };
}

function* placeAndRead(
  snapshot: PlatformSnapshot,
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
  // Reading them all at once would take long when they are new.
  yield* mapInSteps(snapshot.reports, readReport);
  const reports = reportIndex(snapshot.reports, [snapshot.nodes], () => {
    return indexReports(
      snapshot.reports,
      new Map(snapshot.nodes.map(({ metadata, status }) => [metadata.name, status.ready])),
    );
  });
  yield;
  const placed = planPlacements({
    reports,
    gateways,
    pairs,
    placements,
    nodes,
    ...(numbers === undefined ? {} : { numbers }),
    ...(advertMilliseconds === undefined ? {} : { advertMilliseconds }),
  });
  yield;
  return yield* mapInSteps(placed, (entry) => {
    const state = readGatewayState(entry, { placements, addresses: addresses.results, reports });
    return steadyState(entry.judged, state);
  });
}
