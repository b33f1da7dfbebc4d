import type { JudgedRoute } from './attach-routes.ts';
import type { RoutePlan } from './egress-plan.ts';
import { createMemo } from './memo.ts';
import { planRoute, type RouteWorld } from './route-status.ts';
import { newScribe, type Scribe } from './scribe.ts';
import { mapInSteps, type Steps } from './steps.ts';
import { formatTime } from './time.ts';

interface Planned extends Pick<Scribe, 'events' | 'diagnostics' | 'isDated'> {
  readonly plan: RoutePlan;
  readonly time: string;
}

/** Status of all routes, in their order; a route of which nothing changed gives the same RoutePlan as the last time. */
export function* planRoutes(
  routes: readonly JudgedRoute[],
  world: RouteWorld,
  { scribe, now }: { readonly scribe: Scribe; readonly now: number },
): Steps<readonly RoutePlan[]> {
  const time = formatTime(now);
  return yield* mapInSteps(routes, (judged) => {
    const compute = (): Planned => {
      const own = newScribe(now);
      const plan = planRoute(judged, world, own);
      const { events, diagnostics, isDated } = own;
      return { plan, time, events, diagnostics, isDated };
    };
    let planned = known(judged, inputsOf(judged, world), compute);
    if (planned.isDated && planned.time !== time) planned = known(judged, [time], compute);
    scribe.adopt(planned);
    return planned.plan;
  });
}

const known = createMemo<JudgedRoute, Planned>();

// What a route's status depends on besides the route and its parents: how far these Gateways and their rule sets have come.
function inputsOf({ parents }: JudgedRoute, { states, publications }: RouteWorld): readonly unknown[] {
  const inputs: unknown[] = [];
  for (const { gateway } of parents) {
    const { uid } = gateway.gateway.metadata;
    const publication = publications.get(uid);
    inputs.push(states.get(uid), publication?.kind);
    if (publication?.kind === 'published') inputs.push(publication.digest, publication.settled);
  }
  return inputs;
}
