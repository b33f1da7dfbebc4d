import { attachRoutes, type JudgedRoute } from './attach-routes.ts';
import type { ClaimedAddress } from './claim-ledger.ts';
import { planDrained } from './drained.ts';
import type { EgressPlan, RuleSetPlan } from './egress-plan.ts';
import type { JudgedGateway } from './judge-gateways.ts';
import { type JudgedPool, poolStatus } from './judge-pools.ts';
import { rememberAddresses } from './node-addresses.ts';
import { compareText } from './order.ts';
import { countAttached, planGateways } from './plan-gateways.ts';
import { planRoutes } from './plan-routes.ts';
import { readPlatform } from './platform.ts';
import { planClasses, planClusterStatus, planNodes } from './platform-status.ts';
import { readPublications } from './publication.ts';
import { planRuleSets } from './rule-sets.ts';
import { newScribe, type Scribe } from './scribe.ts';
import type { Snapshot } from './snapshot.ts';
import { finish, type Steps } from './steps.ts';
import { newAlarm } from './time.ts';

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
  const { ranges, classes, pools, gateways, allocation, states } = yield* readPlatform(snapshot, alarm);
  const routes = yield* attachRoutes(snapshot, gateways);
  const ruleSets = yield* groupRuleSets(gateways, routes);
  const publications = yield* readPublications(ruleSets, snapshot, alarm);
  yield;
  const world = { states: new Map(states.map((state) => [uidOf(state.placed.judged), state])), publications };
  const cluster = planClusterStatus({ snapshot, ranges, numbers: allocation.numbers }, scribe);
  const attached = yield* countAttached(routes);
  const planned = yield* planGateways(snapshot, states, { attached, scribe });
  const plan = {
    classes: planClasses(snapshot, classes, scribe),
    ...planned,
    routes: yield* planRoutes(routes, world, { scribe, now: snapshot.now }),
    ruleSets: [...ruleSets.values()].flat().sort((a, b) => compareText(a.name, b.name)),
    nodes: planNodes(snapshot, allocation.numbers),
    nodeStatuses: planDrained(snapshot, planned.placements, scribe),
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

function uidOf({ gateway }: JudgedGateway): string {
  return gateway.metadata.uid;
}

function* groupRuleSets(
  gateways: readonly JudgedGateway[],
  routes: readonly JudgedRoute[],
): Steps<ReadonlyMap<string, readonly RuleSetPlan[]>> {
  const carried = Map.groupBy(routes, ({ winner }) => winner?.gateway);
  const ruleSets = new Map<string, readonly RuleSetPlan[]>();
  for (const gateway of gateways) {
    ruleSets.set(uidOf(gateway), yield* planRuleSets(gateway, carried.get(gateway) ?? []));
  }
  return ruleSets;
}

function planPools(
  pools: readonly JudgedPool[],
  { claimed, scribe }: { readonly claimed: readonly ClaimedAddress[]; readonly scribe: Scribe },
): EgressPlan['pools'] {
  return pools.map((pool) => ({ name: pool.pool.metadata.name, status: poolStatus(pool, claimed, scribe) }));
}
