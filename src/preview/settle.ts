import type { EgressAddressClaim } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import { sameData } from '../compile/canonical-json.ts';
import { compile } from '../compile/compile.ts';
import type { EgressPlan } from '../compile/egress-plan.ts';
import { gatewayDigest } from '../compile/rule-set-digest.ts';
import type { Snapshot } from '../compile/snapshot.ts';

interface Specced {
  readonly metadata: ObjectMeta;
  readonly spec: unknown;
}

/** What the API server would show after the controller wrote this plan: generations count up, statuses replace. */
export function applyPlan(before: Snapshot, plan: EgressPlan): Snapshot {
  const statusOf = new Map(plan.gateways.map(({ uid, status }) => [uid, status]));
  const routeStatus = new Map(plan.routes.map((entry) => [entry.uid, entry]));
  const { cluster } = before;
  const withRoute = <Route extends Snapshot['routes'][number] | Snapshot['clusterRoutes'][number]>(
    route: Route,
  ): Route => {
    const entry = routeStatus.get(route.metadata.uid);
    if (entry === undefined) return route;
    const { parents, sourceAddresses, conditions } = entry;
    return { ...route, status: { parents, sourceAddresses, ...(conditions === undefined ? {} : { conditions }) } };
  };
  const ruleSets = merge(before.ruleSets, plan.ruleSets);
  return {
    ...before,
    ...(cluster === undefined || plan.cluster === undefined
      ? {}
      : { cluster: { ...cluster, status: plan.cluster.status } }),
    claims: applyClaims(before.claims, plan.claims),
    placements: merge(before.placements, plan.placements),
    ruleSets,
    egressNodes: merge(before.egressNodes, plan.nodes),
    gateways: before.gateways.map((gateway) => {
      const status = statusOf.get(gateway.metadata.uid);
      return status === undefined ? gateway : { ...gateway, status };
    }),
    routes: before.routes.map(withRoute),
    clusterRoutes: before.clusterRoutes.map(withRoute),
    gatewayClasses: before.gatewayClasses.map((object) => {
      const status = plan.classes.find(({ name }) => name === object.metadata.name);
      return status === undefined ? object : { ...object, status: { conditions: status.conditions } };
    }),
    pools: before.pools.map((pool) => {
      const status = plan.pools.find(({ name }) => name === pool.metadata.name)?.status;
      return status === undefined ? pool : { ...pool, status };
    }),
    publishedAt: publish(before, ruleSets),
  };
}

function merge<Existing extends Specced, Entry extends { readonly name: string; readonly spec: Existing['spec'] }>(
  existing: readonly Existing[],
  desired: readonly Entry[],
): (Entry & { readonly metadata: ObjectMeta })[] {
  return desired.map((entry) => {
    const before = existing.find(({ metadata }) => metadata.name === entry.name);
    if (before === undefined) return { ...entry, metadata: newMeta(entry.name) };
    const { metadata } = before;
    const grown = sameData(before.spec, entry.spec) ? 0 : 1;
    return { ...entry, metadata: { ...metadata, generation: (metadata.generation ?? 0) + grown } };
  });
}

function applyClaims(claims: readonly EgressAddressClaim[], plan: EgressPlan['claims']): EgressAddressClaim[] {
  const next = new Map(claims.map((claim) => [claim.metadata.name, claim]));
  for (const { name, spec } of plan.create) {
    if (next.has(name)) throw new Error(`claim ${name} exists already`);
    next.set(name, { metadata: newMeta(name), spec });
  }
  for (const { name, spec, resourceVersion } of plan.update) {
    const before = next.get(name);
    if (before?.metadata.resourceVersion !== resourceVersion) throw new Error(`claim ${name} has changed`);
    next.set(name, { ...before, spec });
  }
  for (const { name } of plan.remove) next.delete(name);
  return [...next.values()];
}

// Nobody asks for the age of what the controller writes.
const newMeta = (name: string): ObjectMeta => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  generation: 1,
  creationTimestamp: '1970-01-01T00:00:00Z',
});

function publish(before: Snapshot, ruleSets: Snapshot['ruleSets']): Snapshot['publishedAt'] {
  const byGateway = Map.groupBy(ruleSets, ({ spec }) => spec.gateway.uid);
  return new Map(
    [...byGateway].map(([uid, sets]) => {
      const digest = gatewayDigest(sets.map(({ metadata, spec }) => ({ name: metadata.name, digest: spec.digest })));
      const key = `${uid}/${digest}`;
      return [key, before.publishedAt.get(key) ?? before.now];
    }),
  );
}

/** Compiles and writes until a round changes nothing, as controllers do; throws after `rounds` (10). Nodes report nothing meanwhile. */
export function settle(start: Snapshot, rounds = 10): { readonly snapshot: Snapshot; readonly plan: EgressPlan } {
  let snapshot = start;
  for (let round = 0; round < rounds; round++) {
    const plan = compile(snapshot);
    const next = applyPlan(snapshot, plan);
    if (sameData(withMap(next), withMap(snapshot))) return { snapshot, plan };
    snapshot = next;
  }
  throw new Error(`no rest after ${rounds} rounds`);
}

function withMap(snapshot: Snapshot): unknown {
  return { ...snapshot, publishedAt: [...snapshot.publishedAt].sort() };
}
