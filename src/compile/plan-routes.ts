import type { JudgedRoute } from './attach-routes.ts';
import type { RoutePlan } from './egress-plan.ts';
import type { GatewayState } from './gateway-state.ts';
import { createMemo } from './memo.ts';
import { createPlanMemo } from './plan-once.ts';
import type { Publication } from './publication.ts';
import { planRoute, type RouteWorld } from './route-status.ts';
import type { Scribe } from './scribe.ts';
import { mapInSteps, type Steps } from './steps.ts';

/** How far a Gateway and its rule sets have come: the same object as long as both are the same. */
interface Progress {
  readonly state: GatewayState;
  readonly publication: Publication | undefined;
}

/** Status of all routes, in their order; a route of which nothing changed gives the same RoutePlan as the last time. */
export function* planRoutes(
  routes: readonly JudgedRoute[],
  world: RouteWorld,
  pen: { readonly scribe: Scribe; readonly now: number },
): Steps<readonly RoutePlan[]> {
  const progress = new Map(
    [...world.states].map(([uid, state]) => [state.placed.judged, progressOf(state, world.publications.get(uid))]),
  );
  yield;
  return yield* mapInSteps(routes, (judged) => {
    const inputs = judged.parents.map(({ gateway }) => progress.get(gateway));
    return planned(judged, { ...pen, inputs, plan: (scribe) => planRoute(judged, world, scribe) });
  });
}

const planned = createPlanMemo<JudgedRoute, RoutePlan>();
const known = createMemo<GatewayState, Progress>();

function progressOf(state: GatewayState, publication: Publication | undefined): Progress {
  const { digest, settled } = publication?.kind === 'published' ? publication : {};
  return known(state, [publication?.kind, digest, settled], () => ({ state, publication }));
}
