import type { JudgedParent, JudgedRoute } from './attach-routes.ts';
import type { EgressPlan, GatewayPlan } from './egress-plan.ts';
import type { GatewayState } from './gateway-state.ts';
import { type AttachedRoutes, planGateway, planPlacement } from './gateway-status.ts';
import type { JudgedGateway } from './judge-gateways.ts';
import { compareText } from './order.ts';
import { createPlanMemo } from './plan-once.ts';
import type { Scribe } from './scribe.ts';
import type { Snapshot } from './snapshot.ts';
import { mapInSteps, type Steps } from './steps.ts';

interface Pen {
  readonly scribe: Scribe;
  readonly attached: ReadonlyMap<JudgedGateway, AttachedRoutes>;
}

/** Statuses of Gateways, by namespace/name, and their placements, by name. */
export function* planGateways(
  snapshot: Snapshot,
  states: readonly GatewayState[],
  { attached, scribe }: Pen,
): Steps<Pick<EgressPlan, 'gateways' | 'placements'>> {
  const placements = new Map(snapshot.placements.map((placement) => [placement.metadata.name, placement]));
  const sorted = [...states].sort((a, b) => compareText(a.placed.judged.key, b.placed.judged.key));
  const { now } = snapshot;
  const gateways = yield* mapInSteps(sorted, (state) => {
    const own = attached.get(state.placed.judged) ?? none;
    const plan = planned(state, { inputs: [...own].flat(), now, plan: (pen) => planGateway(state, own, pen) });
    scribe.adopt(plan);
    return plan.value;
  });
  const desired = yield* mapInSteps(sorted, (state) => {
    return planPlacement(state, placements.get(state.placed.judged.gateway.metadata.uid), now);
  });
  return {
    gateways,
    placements: desired.filter((placement) => placement !== undefined).sort((a, b) => compareText(a.name, b.name)),
  };
}

const planned = createPlanMemo<GatewayState, GatewayPlan>();
const none: AttachedRoutes = new Map();

/** How many routes each listener takes. */
export function* countAttached(routes: readonly JudgedRoute[]): Steps<ReadonlyMap<JudgedGateway, AttachedRoutes>> {
  const counts = new Map<JudgedGateway, Map<string, number>>();
  yield* mapInSteps(routes, ({ parents }) => {
    for (const parent of parents) countParent(counts, parent, parents);
  });
  return counts;
}

function countParent(
  counts: Map<JudgedGateway, Map<string, number>>,
  parent: JudgedParent,
  parents: readonly JudgedParent[],
): void {
  const own = counts.get(parent.gateway) ?? new Map<string, number>();
  counts.set(parent.gateway, own);
  for (const name of parent.listeners) {
    // Two parentRefs of one route may meet in one listener: the route still counts once.
    const first = parents.find(({ gateway, listeners }) => gateway === parent.gateway && listeners.includes(name));
    if (first === parent) own.set(name, (own.get(name) ?? 0) + 1);
  }
}
