import { createBoard, type Entry, mergeEntries } from '../telemetry/board.ts';
import { createPlaces } from '../telemetry/places.ts';
import type { ClusterFigures, TroubledGateway } from './cluster-figures.ts';
import type { ControllerMetrics } from './metrics.ts';

/** Gateways with problems, and pools, beyond that many are told together. */
export const mostNamed = 200;

/** Keeps the metrics of the cluster what is told; undefined: another replica tells it. */
export function createClusterMetrics(metrics: ControllerMetrics): { tell(figures: ClusterFigures | undefined): void } {
  const [gateways, pools] = [createPlaces(mostNamed), createPlaces(mostNamed)];
  const boards = {
    gateways: createBoard(metrics.gateways),
    problems: createBoard(metrics.gatewayProblems),
    routes: createBoard(metrics.routes),
    pools: createBoard(metrics.poolAddresses),
    nodes: createBoard(metrics.nodes),
  };
  return {
    tell: (figures = nothing) => {
      gateways.keep(figures.troubled.map(({ uid }) => uid));
      pools.keep(figures.pools.map(({ name }) => name));
      boards.gateways.show(byState(figures.gateways));
      boards.nodes.show(byState(figures.nodes));
      boards.routes.show(
        [...figures.routes].flatMap(([kind, states]) =>
          [...states].map(([state, count]): Entry<{ kind: string; state: string }> => [{ kind, state }, count]),
        ),
      );
      boards.problems.show(
        mergeEntries(figures.troubled.flatMap((gateway) => problemsOf(gateway, gateways.has(gateway.uid)))),
      );
      boards.pools.show(
        mergeEntries(
          figures.pools.flatMap(({ name, used, free }): Entry<{ pool: string; state: string }>[] => {
            const pool = pools.has(name) ? name : '(overflow)';
            return [
              [{ pool, state: 'used' }, used],
              [{ pool, state: 'free' }, free],
            ];
          }),
        ),
      );
    },
  };
}

const nothing: ClusterFigures = {
  gateways: new Map(),
  troubled: [],
  routes: new Map(),
  pools: [],
  nodes: new Map(),
};

function byState(states: ReadonlyMap<string, number>): Entry<{ state: string }>[] {
  return [...states].map(([state, count]) => [{ state }, count]);
}

type ProblemLabels = Readonly<Record<'gateway_namespace' | 'gateway_name' | 'problem' | 'reason', string>>;

function problemsOf({ namespace, name, problems }: TroubledGateway, isNamed: boolean): Entry<ProblemLabels>[] {
  const gateway = isNamed
    ? { gateway_namespace: namespace, gateway_name: name }
    : { gateway_namespace: '', gateway_name: 'overflow' };
  return problems.map(({ problem, reason }) => [{ ...gateway, problem, reason }, 1]);
}
