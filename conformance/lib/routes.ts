import { untilConditions, type WantedCondition, wordsOf } from './conditions.ts';
import {
  clusterRouteManifest,
  clusterRouteName,
  type ParentRef,
  type Place,
  type Rule,
  routeManifest,
  routeName,
} from './manifests.ts';
import { eventually, found, missed, throughout } from './poll.ts';
import { conditionOf, describeConditions, describeName, listAt, textAt, valueAt } from './read.ts';
import type { Scope } from './test.ts';
import type { KubeObject, ObjectName } from './world.ts';

/** Creates an EgressRoute with one parent in its own namespace, or with these. */
export async function createRoute(
  scope: Scope,
  at: Place,
  { parents, rules }: { readonly parents: readonly ParentRef[]; readonly rules?: readonly Rule[] },
): Promise<KubeObject> {
  return await scope.create(routeManifest(at, parents, rules));
}

/** Creates a ClusterEgressRoute. */
export async function createClusterRoute(
  scope: Scope,
  name: string,
  { parents, rules }: { readonly parents: readonly ParentRef[]; readonly rules: readonly Rule[] },
): Promise<KubeObject> {
  return await scope.create(clusterRouteManifest(name, parents, rules));
}

/** The entries of `status.parents` that the implementation under test wrote. */
export function ownParents(scope: Scope, route: KubeObject): readonly unknown[] {
  return parentsOf(route).filter((entry) => textAt(entry, 'controllerName') === scope.world.controllerName);
}

/** All entries of `status.parents`. */
export function parentsOf(route: KubeObject): readonly unknown[] {
  return listAt(route, 'status', 'parents');
}

/** The implementation's entry for a parent, told apart by name, namespace, sectionName and port. */
export function parentEntry(scope: Scope, route: KubeObject, parent: ParentRef): unknown {
  return ownParents(scope, route).find((entry) => isSameParent(valueAt(entry, 'parentRef'), parent));
}

// The API server fills in group and kind; the namespace is as the route's author wrote it.
function isSameParent(ref: unknown, parent: ParentRef): boolean {
  return (['name', 'namespace', 'sectionName', 'port'] as const).every((key) => valueAt(ref, key) === parent[key]);
}

/** Which route and which of its parents. */
export interface Attachment {
  readonly route: ObjectName;
  readonly parent: ParentRef;
}

/** Waits until the entry of a parent has these conditions for the route's current generation. */
export async function untilParent(
  scope: Scope,
  { route, parent }: Attachment,
  ...wanted: readonly WantedCondition[]
): Promise<KubeObject> {
  return await untilConditions(scope, route, {
    wanted,
    within: scope.timeouts.programmed,
    part: {
      path: `status.parents[${describeParent(parent)}]`,
      pick: (object) => parentEntry(scope, object, parent),
    },
  });
}

export const routeAccepted: WantedCondition = { type: 'Accepted', status: 'True', reason: 'Accepted' };
export const routeProgrammed: WantedCondition = { type: 'Programmed', status: 'True', reason: 'Programmed' };
export const notAllowed: WantedCondition = { type: 'Accepted', status: 'False', reason: 'NotAllowedByListeners' };

/** Creates an EgressRoute with one parent and waits until every node has it. */
export async function startRoute(
  scope: Scope,
  at: Place,
  { parent, rules }: { readonly parent: ParentRef; readonly rules?: readonly Rule[] },
): Promise<KubeObject> {
  await createRoute(scope, at, { parents: [parent], ...(rules === undefined ? {} : { rules }) });
  return await untilParent(scope, { route: routeName(at), parent }, routeAccepted, routeProgrammed);
}

/** Creates a ClusterEgressRoute with one parent and waits until every node has it. */
export async function startClusterRoute(
  scope: Scope,
  name: string,
  { parent, rules }: { readonly parent: ParentRef; readonly rules: readonly Rule[] },
): Promise<void> {
  await createClusterRoute(scope, name, { parents: [parent], rules });
  await untilParent(scope, { route: clusterRouteName(name), parent }, routeAccepted, routeProgrammed);
}

/** Waits until the implementation has no entry for a parent (any more). */
export async function untilNoParent(scope: Scope, { route, parent }: Attachment): Promise<void> {
  const where = `${describeName(route)} status.parents`;
  const expected = `no entry of ${scope.world.controllerName} for ${describeParent(parent)}`;
  await eventually(scope, { expected, where, within: scope.timeouts.status }, () =>
    lookForNoParent(scope, { route, parent }),
  );
}

/** Fails when the implementation writes an entry for a parent within the quiet time. */
export async function neverParent(scope: Scope, { route, parent }: Attachment): Promise<void> {
  const where = `${describeName(route)} status.parents`;
  const expected = `no entry of ${scope.world.controllerName} for ${describeParent(parent)}`;
  await throughout(scope, { expected, where, within: scope.timeouts.quiet }, () =>
    lookForNoParent(scope, { route, parent }),
  );
}

async function lookForNoParent(scope: Scope, { route, parent }: Attachment) {
  const object = await scope.world.api.get(route);
  if (object === undefined) return missed('the route does not exist');
  const entry = parentEntry(scope, object, parent);
  return entry === undefined ? found(object) : missed(`an entry with ${describeConditions(entry)}`);
}

/** Waits until a parent's entry no longer has a condition of this type that is True. */
export async function untilNotTrue(scope: Scope, attachment: Attachment, type: string): Promise<void> {
  const wish = { ...describeNot(attachment, type), within: scope.timeouts.status };
  await eventually(scope, wish, () => lookForNotTrue(scope, attachment, type));
}

/** Fails when a parent's entry has a condition of this type that is True within the quiet time. */
export async function neverCondition(
  scope: Scope,
  attachment: Attachment,
  { type }: { readonly type: string },
): Promise<void> {
  const wish = { ...describeNot(attachment, type), within: scope.timeouts.quiet };
  await throughout(scope, wish, () => lookForNotTrue(scope, attachment, type));
}

function describeNot({ route, parent }: Attachment, type: string) {
  const where = `${describeName(route)} status.parents[${describeParent(parent)}].conditions`;
  return { expected: `not ${wordsOf({ type, status: 'True' })}`, where };
}

async function lookForNotTrue(scope: Scope, { route, parent }: Attachment, type: string) {
  const object = await scope.world.api.get(route);
  const entry = object === undefined ? undefined : parentEntry(scope, object, parent);
  const isFree = entry !== undefined && conditionOf(entry, type)?.status !== 'True';
  return isFree ? found(entry) : missed(describeConditions(entry));
}

function describeParent({ namespace, name, sectionName, port }: ParentRef): string {
  const gateway = `Gateway ${namespace === undefined ? '' : `${namespace}/`}${name}`;
  return `${gateway}${sectionName === undefined ? '' : ` ${sectionName}`}${port === undefined ? '' : `:${port}`}`;
}
