import type { EgressRouteStatus, RouteParentStatus } from '../api/kinds.ts';
import type { Condition, ObjectMeta } from '../api/meta.ts';
import { controllerName } from '../api/names.ts';
import { resources } from '../api/resources.ts';
import { sameData } from '../compile/canonical-json.ts';
import type { AnyRoute } from '../compile/compile-rules.ts';
import type { EgressPlan, RoutePlan } from '../compile/egress-plan.ts';
import { createListMemo } from '../compile/list-memo.ts';
import { createMemo } from '../compile/memo.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import type { Steps } from '../compile/steps.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Write } from './writes.ts';

/** Status writes of routes, one per route whose status says something else now: may be as many as there are routes. */
export function* planRouteWrites(plan: EgressPlan, snapshot: Snapshot): Steps<readonly Write[]> {
  const routes = [...snapshot.routes, ...snapshot.clusterRoutes];
  const find = finder(routes);
  yield;
  const compared = yield* compareAll(always, plan.routes, {
    map: (route, index): Compared => {
      const now = find(route.uid, index);
      if (now !== undefined) planOf.set(now, route);
      return { now, write: now && known(route, [now], () => planRouteWrite(route, now)) };
    },
    isStale: ({ uid }, { now }, index) => now === undefined || (routes[index] !== now && find(uid, index) !== now),
  });
  return compared.flatMap(({ write }) => (write === undefined ? [] : [write]));
}

/** A route as it is, and what must be written so that it says what is planned. */
interface Compared {
  readonly now: AnyRoute | undefined;
  readonly write: Write | undefined;
}

const compareAll = createListMemo<object, RoutePlan, Compared>();
const here = {};
const always = { from: here, to: here };
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
  const parents = shared(status?.parents ?? [], withTimes(plan.parents, status?.parents ?? []), mostParents);
  const sourceAddresses = shared(status?.sourceAddresses ?? [], plan.sourceAddresses, mostSourceAddresses);
  const conditions = keepTimes(plan.conditions ?? [], status?.conditions ?? []);
  const same = parents.same && sourceAddresses.same && sameData(status?.conditions ?? [], conditions);
  if (same && status !== undefined) return undefined;
  return {
    parents: parents.all,
    // null removes (RFC 7396): absent fields stay absent instead of becoming empty lists.
    sourceAddresses: sourceAddresses.all.length === 0 ? null : sourceAddresses.all,
    conditions: conditions.length === 0 ? null : conditions,
  };
}

// What was planned before our last write was seen knows nothing of its times: they move only with the status.
function withTimes(
  planned: readonly RouteParentStatus[],
  now: readonly RouteParentStatus[],
): readonly RouteParentStatus[] {
  const ours = now.filter((entry) => entry.controllerName === controllerName);
  return planned.map((entry) => {
    const before = ours.find(({ parentRef }) => sameData(parentRef, entry.parentRef));
    if (before === undefined) return entry;
    return { ...entry, conditions: keepTimes(entry.conditions ?? [], before.conditions ?? []) };
  });
}

function keepTimes(planned: readonly Condition[], now: readonly Condition[]): readonly Condition[] {
  return planned.map((condition) => {
    const before = now.find(({ type, status }) => type === condition.type && status === condition.status);
    return before === undefined ? condition : { ...condition, lastTransitionTime: before.lastTransitionTime };
  });
}

// Limits of the CRDs.
const mostParents = 32;
const mostSourceAddresses = 128;

/** A list with our entries behind those of others, as many as there is room for; `same` when ours say so already, in whatever place. */
function shared<Entry extends { readonly controllerName: string }>(
  now: readonly Entry[],
  planned: readonly Entry[],
  most: number,
): { readonly all: readonly Entry[]; readonly same: boolean } {
  const others = now.filter((entry) => entry.controllerName !== controllerName);
  const ours = planned.slice(0, Math.max(0, most - others.length));
  // Two controllers that each want their entries last would write for ever: only ours are compared.
  const same = sameData(
    now.filter((entry) => entry.controllerName === controllerName),
    ours,
  );
  return { all: [...others, ...ours], same };
}

function asKubeObject(object: { readonly metadata: ObjectMeta; readonly status?: unknown }): KubeObject {
  return { metadata: { ...object.metadata }, status: object.status };
}

/** Whether a route changed in nothing but its status, and that is what was planned for it last: the echo of our own write, no news. */
export function isEcho(previous: AnyRoute, next: AnyRoute): boolean {
  const [before, after] = [previous.metadata, next.metadata];
  if (before.uid !== after.uid || before.generation !== after.generation) return false;
  if (before.deletionTimestamp !== after.deletionTimestamp) return false;
  const planned = planOf.get(previous);
  return planned !== undefined && mergedRouteStatus(planned, next.status) === undefined;
}

/** What was planned last for a route as it was. */
const planOf = new WeakMap<AnyRoute, RoutePlan>();
