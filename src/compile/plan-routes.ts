import type { JudgedRoute } from './attach-routes.ts';
import type { RoutePlan } from './egress-plan.ts';
import type { GatewayState } from './gateway-state.ts';
import type { JudgedGateway } from './judge-gateways.ts';
import { createListMemo } from './list-memo.ts';
import { createMemo } from './memo.ts';
import { createPlanMemo, type Planned } from './plan-once.ts';
import type { Publication } from './publication.ts';
import { planRoute, type RouteWorld } from './route-status.ts';
import type { Scribe } from './scribe.ts';
import type { Steps } from './steps.ts';

/** How far a Gateway and its rule sets have come: the same object as long as both are the same. */
interface Progress {
  readonly state: GatewayState;
  readonly publication: Publication | undefined;
}

/** Status of all routes, in their order; a route of which nothing changed gives the same RoutePlan as the last time. */
export function* planRoutes(
  routes: readonly JudgedRoute[],
  world: RouteWorld,
  { scribe, now }: { readonly scribe: Scribe; readonly now: number },
): Steps<readonly RoutePlan[]> {
  const progress = new Map(
    [...world.states].map(([uid, state]) => [state.placed.judged, progressOf(state, world.publications.get(uid))]),
  );
  const { before } = memory;
  const moved = new Set([...progress].flatMap(([gateway, own]) => (before.get(gateway) === own ? [] : [gateway])));
  yield;
  const plans = yield* planAll({ from: before, to: progress }, routes, {
    map: (judged) => {
      const inputs = judged.parents.map(({ gateway }) => progress.get(gateway));
      return planned(judged, { inputs, now, plan: (pen) => planRoute(judged, world, pen) });
    },
    isStale: ({ parents }, { isDated }) => isDated || parents.some(({ gateway }) => moved.has(gateway)),
  });
  memory.before = progress;
  for (const plan of plans) scribe.adopt(plan);
  return plans.map(({ value }) => value);
}

type ProgressMap = ReadonlyMap<JudgedGateway, Progress>;

const planAll = createListMemo<ProgressMap, JudgedRoute, Planned<RoutePlan>>();
// Which list was planned last: only a hint where to look first, its plans are kept with the progress that they were made from.
const memory: { before: ProgressMap } = { before: new Map() };
const planned = createPlanMemo<JudgedRoute, RoutePlan>();
const known = createMemo<GatewayState, Progress>();

function progressOf(state: GatewayState, publication: Publication | undefined): Progress {
  const { digest, settled, silent } = publication?.kind === 'published' ? publication : {};
  return known(state, [publication?.kind, digest, settled, silent?.join()], () => ({ state, publication }));
}
