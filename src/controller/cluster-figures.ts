import type { Gateway } from '../api/gateway.ts';
import type { ClusterEgressRoute, EgressAddressPool, EgressRoute } from '../api/kinds.ts';
import type { Condition } from '../api/meta.ts';
import { controllerName } from '../api/names.ts';
import { reasons } from '../api/reasons.ts';
import { type GatewayProblem, gatewayProblems, gatewayStateName } from '../compile/gateway-health.ts';
import type { Lists } from './watches.ts';

/** What is counted of a cluster. */
export interface ClusterFigures {
  readonly gateways: ReadonlyMap<string, number>;
  readonly troubled: readonly TroubledGateway[];
  /** By kind, then by state. */
  readonly routes: ReadonlyMap<string, ReadonlyMap<RouteState, number>>;
  readonly pools: readonly { readonly name: string; readonly used: number; readonly free: number }[];
  readonly nodes: ReadonlyMap<NodeState, number>;
}

export interface TroubledGateway {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly problems: readonly GatewayProblem[];
}

export type RouteState = 'programmed' | 'pending' | 'refused' | 'unjudged';
export type NodeState = 'ready' | 'failed' | 'unreported';

type Counted = Pick<
  Lists,
  'gatewayClasses' | 'gateways' | 'routes' | 'clusterRoutes' | 'pools' | 'egressNodes' | 'reports'
>;

/** Pure: counts objects by what their statuses say; one pass over each list. */
export function clusterFigures(lists: Counted): ClusterFigures {
  const classes = new Set(
    lists.gatewayClasses
      .filter(({ spec }) => spec.controllerName === controllerName)
      .map(({ metadata }) => metadata.name),
  );
  const gateways = lists.gateways.filter(({ spec }) => classes.has(spec.gatewayClassName));
  return {
    gateways: tally(['Programmed'], gateways, ({ status }) => closed(gatewayStateName(status?.conditions ?? []))),
    troubled: gateways.flatMap(troubleOf),
    routes: new Map([
      ['EgressRoute', tally(routeStates, lists.routes, routeState)],
      ['ClusterEgressRoute', tally(routeStates, lists.clusterRoutes, routeState)],
    ]),
    pools: lists.pools.map(poolFigures),
    nodes: nodeFigures(lists),
  };
}

const routeStates: readonly RouteState[] = ['programmed', 'pending', 'refused', 'unjudged'];
const nodeStates: readonly NodeState[] = ['ready', 'failed', 'unreported'];

// States that nobody is in are told as 0: an alert may ask for them.
function tally<T, S extends string>(
  always: readonly S[],
  items: readonly T[],
  stateOf: (item: T) => S,
): ReadonlyMap<S, number> {
  const counts = new Map<S, number>(always.map((state) => [state, 0]));
  for (const item of items) {
    const state = stateOf(item);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  return counts;
}

function troubleOf({ metadata, status }: Gateway): readonly TroubledGateway[] {
  const problems = gatewayProblems(status?.conditions ?? []);
  const { uid, namespace = '', name } = metadata;
  if (problems.length === 0) return [];
  const told = problems.map(({ problem, reason }) => ({ problem, reason: closed(reason) }));
  return [{ uid, namespace, name, problems: told }];
}

// Whoever may write a status could write any word into it, and each would be a time series for ever.
const closed = (reason: string): string => (knownReasons.has(reason) ? reason : 'Unknown');
const knownReasons: ReadonlySet<string> = new Set(Object.values(reasons).map(({ reason }) => reason));

function routeState({ status }: EgressRoute | ClusterEgressRoute): RouteState {
  const own = (status?.parents ?? []).filter((parent) => parent.controllerName === controllerName);
  const accepted = own.filter(({ conditions }) => isTrue(conditions, 'Accepted'));
  if (accepted.some(({ conditions }) => isTrue(conditions, 'Programmed'))) return 'programmed';
  if (accepted.length > 0) return 'pending';
  return own.length > 0 || (status?.conditions ?? []).length > 0 ? 'refused' : 'unjudged';
}

const isTrue = (conditions: readonly Condition[], wanted: string): boolean =>
  conditions.some(({ type, status }) => type === wanted && status === 'True');

function poolFigures({ metadata, status }: EgressAddressPool): ClusterFigures['pools'][number] {
  return { name: metadata.name, used: status?.used ?? 0, free: status?.free ?? 0 };
}

function nodeFigures({ egressNodes, reports }: Counted): ReadonlyMap<NodeState, number> {
  const byName = new Map(reports.map((report) => [report.metadata.name, report]));
  return tally(nodeStates, egressNodes, ({ metadata }) => {
    const condition = byName.get(metadata.name)?.status?.conditions?.find(({ type }) => type === 'DataPlaneReady');
    return condition === undefined ? 'unreported' : condition.status === 'True' ? 'ready' : 'failed';
  });
}
