import type { EgressClusterStatus } from '../api/kinds.ts';
import { gatewayClassFinalizer } from '../api/names.ts';
import { resources } from '../api/resources.ts';
import { sameData } from '../compile/canonical-json.ts';
import type { EgressPlan } from '../compile/egress-plan.ts';
import { createMemo } from '../compile/memo.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { flatMapInSteps, type Steps } from '../compile/steps.ts';
import { placementChecks, releaseChecks } from './plan-checks.ts';
import { planRemovals } from './plan-removals.ts';
import { planStatusWrites } from './plan-status-writes.ts';
import type { Write } from './writes.ts';

/**
 * What must be written so that the API server says what the plan says, statuses of routes excepted (`planRouteWrites`);
 * nothing when nothing differs. In stages: each is written before the next, so that agents never see a placement before its
 * numbers, nor lose one before its successor is there.
 */
export function* planWrites(plan: EgressPlan, snapshot: Snapshot): Steps<readonly (readonly Write[])[]> {
  const first = [...defaultCluster(snapshot), ...numberWrites(plan, snapshot), ...claimWrites(plan)];
  yield;
  const stages = [
    [...first, ...finalizerWrites(plan, snapshot, 'present')],
    yield* nodeWrites(plan, snapshot),
    [...(yield* placementWrites(plan, snapshot)), ...(yield* ruleSetWrites(plan, snapshot))],
    yield* planStatusWrites(plan, snapshot),
    [...planRemovals(plan, snapshot), ...finalizerWrites(plan, snapshot, 'absent')],
  ];
  return stages.filter((stage) => stage.length > 0);
}

// So that `kubectl apply -k config/install` is enough: an object cannot be applied together with its own CRD.
function defaultCluster(snapshot: Snapshot): Write[] {
  if (snapshot.cluster !== undefined) return [];
  return [{ kind: 'create', resource: resources.egressClusters, name: 'default', body: { spec: {} } }];
}

function numberWrites({ cluster }: EgressPlan, snapshot: Snapshot): Write[] {
  if (cluster === undefined || isSameStatus(snapshot.cluster?.status, cluster.status)) return [];
  const { resourceVersion, status } = cluster;
  return [
    {
      kind: 'swap',
      resource: resources.egressClusters,
      name: 'default',
      subresource: 'status',
      resourceVersion,
      body: { status },
    },
  ];
}

// Field by field: most of a change leaves the lists of a thousand nodes as they are.
function isSameStatus(now: EgressClusterStatus = {}, wanted: EgressClusterStatus): boolean {
  const keys = Object.keys({ ...now, ...wanted }) as (keyof EgressClusterStatus)[];
  return keys.every((key) => {
    const value = wanted[key];
    return value === undefined ? now[key] === undefined : isSaid(now[key], value);
  });
}

function claimWrites({ claims }: EgressPlan): Write[] {
  const resource = resources.egressAddressClaims;
  return [
    ...claims.create.map(({ name, spec }): Write => ({ kind: 'create', resource, name, body: { spec } })),
    ...claims.update.map(({ name, resourceVersion, spec, before }): Write => {
      // A merge patch keeps what it does not name: a claim that somebody takes again must not go on resting.
      const body = { spec: { pool: null, quarantinedUntil: null, ...spec } };
      const checks = spec.holder.uid === before.holder.uid ? [] : releaseChecks(before);
      return { kind: 'swap', resource, name, resourceVersion, body, checks };
    }),
    ...claims.remove.map(({ name, resourceVersion, before }): Write => {
      return { kind: 'delete', resource, name, resourceVersion, checks: releaseChecks(before) };
    }),
  ];
}

function finalizerWrites(plan: EgressPlan, snapshot: Snapshot, wanted: 'present' | 'absent'): Write[] {
  const classes = new Map(snapshot.gatewayClasses.map((item) => [item.metadata.name, item]));
  return plan.classes.flatMap(({ name, finalizer }): Write[] => {
    const metadata = classes.get(name)?.metadata;
    const finalizers = metadata?.finalizers ?? [];
    if (metadata === undefined || finalizer !== wanted) return [];
    if (finalizers.includes(gatewayClassFinalizer) === (wanted === 'present')) return [];
    // The API server takes no new finalizer on what is being deleted.
    if (wanted === 'present' && metadata.deletionTimestamp !== undefined) return [];
    const others = finalizers.filter((item) => item !== gatewayClassFinalizer);
    const body = { metadata: { finalizers: wanted === 'present' ? [...others, gatewayClassFinalizer] : others } };
    const { resourceVersion } = metadata;
    return [{ kind: 'swap', resource: resources.gatewayClasses, name, resourceVersion, body }];
  });
}

function* nodeWrites(plan: EgressPlan, snapshot: Snapshot): Steps<Write[]> {
  const existing = byName(snapshot.egressNodes);
  const resource = resources.egressNodes;
  return yield* flatMapInSteps(plan.nodes, ({ name, spec }): Write[] => {
    const now = existing.get(name);
    return isSaid(now?.spec, spec) ? [] : [{ kind: 'apply', resource, name, ...versionOf(now), body: { spec } }];
  });
}

function* placementWrites(plan: EgressPlan, snapshot: Snapshot): Steps<Write[]> {
  const existing = byName(snapshot.placements);
  return yield* flatMapInSteps(plan.placements, ({ name, spec, labels, annotations }): Write[] => {
    const now = existing.get(name);
    const same =
      now !== undefined &&
      isSaid(now.spec, spec) &&
      sameData([now.metadata.labels ?? {}, now.metadata.annotations ?? {}], [labels, annotations]);
    if (same) return [];
    const body = { metadata: { labels, annotations }, spec };
    const checks = placementChecks(name, spec, now);
    return [{ kind: 'apply', resource: resources.egressPlacements, name, ...versionOf(now), body, checks }];
  });
}

function* ruleSetWrites(plan: EgressPlan, snapshot: Snapshot): Steps<Write[]> {
  const existing = byName(snapshot.ruleSets);
  const resource = resources.egressRuleSets;
  return yield* flatMapInSteps(plan.ruleSets, ({ name, spec }): Write[] => {
    const now = existing.get(name);
    if (now?.spec.digest === spec.digest && isSaid(now.spec.gateway, spec.gateway)) return [];
    return [{ kind: 'apply', resource, name, ...versionOf(now), body: { spec } }];
  });
}

// Whoever decides on what is no longer so must not write it.
function versionOf(
  existing: { readonly metadata: { readonly resourceVersion: string } } | undefined,
): { readonly resourceVersion: string } | Record<never, never> {
  return existing === undefined ? {} : { resourceVersion: existing.metadata.resourceVersion };
}

/** `sameData`, remembered: what was compared before is not compared again. */
function isSaid(now: object | undefined, wanted: object): boolean {
  return said(wanted, [now], () => sameData(now, wanted));
}

const said = createMemo<object, boolean>();

function byName<T extends { readonly metadata: { readonly name: string } }>(
  items: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(items.map((item) => [item.metadata.name, item]));
}
