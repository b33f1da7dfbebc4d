import type { EgressRouteStatus, RouteParentStatus } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import { controllerName } from '../api/names.ts';
import { resources } from '../api/resources.ts';
import { sameData } from '../compile/canonical-json.ts';
import type { AnyRoute } from '../compile/compile-rules.ts';
import type { EgressPlan, RoutePlan } from '../compile/egress-plan.ts';
import { createMemo, memoByObject } from '../compile/memo.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { mapInSteps, type Steps } from '../compile/steps.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Write } from './writes.ts';

/** Status writes of routes, one per route whose status says something else now: may be as many as there are routes. */
export function* planRouteWrites(plan: EgressPlan, snapshot: Snapshot): Steps<readonly Write[]> {
  const find = finder([...snapshot.routes, ...snapshot.clusterRoutes]);
  yield;
  const writes = yield* mapInSteps(plan.routes, (route, index) => {
    const now = find(route.uid, index);
    return now === undefined ? undefined : known(route, [now], () => planRouteWrite(route, now));
  });
  return writes.filter((write) => write !== undefined);
}

const known = createMemo<RoutePlan, Write | undefined>();

// Stores list in the order of plans, so that the place mostly tells; else the uid does.
function finder(routes: readonly AnyRoute[]): (uid: string, index: number) => AnyRoute | undefined {
  let all: ReadonlyMap<string, AnyRoute> | undefined;
  return (uid, index) => {
    const there = routes[index];
    if (there?.metadata.uid === uid) return there;
    all ??= new Map(routes.map((route) => [route.metadata.uid, route]));
    return all.get(uid);
  };
}

function planRouteWrite(route: RoutePlan, now: AnyRoute): Write | undefined {
  if (mergedRouteStatus(route, now.status) === undefined) return undefined;
  return {
    kind: 'share',
    resource: route.kind === 'EgressRoute' ? resources.egressRoutes : resources.clusterEgressRoutes,
    name: route.ref.name,
    ...(route.ref.namespace === undefined ? {} : { namespace: route.ref.namespace }),
    current: asKubeObject(now),
    compute: (current) => mergedRouteStatus(route, current['status'] as EgressRouteStatus | undefined),
  };
}

/** Pure: the route's status with our entries in it and all others as they are; undefined when it says so already. */
export function mergedRouteStatus(
  plan: RoutePlan,
  status: EgressRouteStatus | undefined,
): Readonly<Record<string, unknown>> | undefined {
  const isOthers = (entry: { readonly controllerName: string }) => entry.controllerName !== controllerName;
  const parents: readonly RouteParentStatus[] = [...(status?.parents ?? []).filter(isOthers), ...plan.parents];
  const sourceAddresses = [...(status?.sourceAddresses ?? []).filter(isOthers), ...plan.sourceAddresses];
  const conditions = plan.conditions ?? [];
  const same =
    sameData(status?.parents ?? [], parents) &&
    sameData(status?.sourceAddresses ?? [], sourceAddresses) &&
    sameData(status?.conditions ?? [], conditions);
  if (same && status !== undefined) return undefined;
  return {
    parents,
    // null removes (RFC 7396): absent fields stay absent instead of becoming empty lists.
    sourceAddresses: sourceAddresses.length === 0 ? null : sourceAddresses,
    conditions: conditions.length === 0 ? null : conditions,
  };
}

function asKubeObject(object: { readonly metadata: ObjectMeta; readonly status?: unknown }): KubeObject {
  return { metadata: { ...object.metadata }, status: object.status };
}

/** Whether a route changed in nothing but its status, and that is what the plan says: the echo of our own write, no news. */
export function isEcho(plan: EgressPlan, previous: AnyRoute, next: AnyRoute): boolean {
  const [before, after] = [previous.metadata, next.metadata];
  if (before.uid !== after.uid || before.generation !== after.generation) return false;
  if (before.deletionTimestamp !== after.deletionTimestamp) return false;
  const planned = byUid(plan.routes).get(after.uid);
  return planned !== undefined && mergedRouteStatus(planned, next.status) === undefined;
}

const byUid = memoByObject((routes: readonly RoutePlan[]) => new Map(routes.map((route) => [route.uid, route])));
