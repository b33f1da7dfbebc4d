import type { Namespace } from '../api/core.ts';
import type { ClusterEgressRoute, EgressRoute, ParentReference } from '../api/kinds.ts';
import { controllerName, gatewayGroup } from '../api/names.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { type AnyRoute, type CompiledRoute, compileClusterRoute, compileRoute } from './compile-rules.ts';
import { isTrue } from './conditions.ts';
import type { JudgedGateway } from './judge-gateways.ts';
import type { JudgedListener } from './judge-listeners.ts';
import type { JudgedParent, JudgedRoute } from './judged-route.ts';
import { matchesSelector } from './label-selector.ts';
import { createListMemo } from './list-memo.ts';
import { createMemo, memoByObject } from './memo.ts';
import { compareName } from './order.ts';
import { findShadows } from './shadows.ts';
import type { Snapshot } from './snapshot.ts';
import type { Steps } from './steps.ts';

export type { JudgedParent, JudgedRoute } from './judged-route.ts';

interface World {
  readonly gateways: ReadonlyMap<string, JudgedGateway>;
  readonly namespaces: ReadonlyMap<string, Namespace>;
}

/** Attaches every route to its parents of ours: EgressRoutes by name, then ClusterEgressRoutes by name. */
export function* attachRoutes(snapshot: Snapshot, gateways: readonly JudgedGateway[]): Steps<readonly JudgedRoute[]> {
  const world = worldOf(gateways, [snapshot.namespaces], () => ({
    gateways: new Map(gateways.map((gateway) => [gateway.key, gateway])),
    namespaces: new Map(snapshot.namespaces.map((namespace) => [namespace.metadata.name, namespace])),
  }));
  const routes = yield* attachAll({ from: world, to: world }, sortedRoutes(snapshot.routes), {
    map: (route) => attachOnce(world, route, () => compileRoute(route)),
  });
  const clusterRoutes = yield* attachAllOfCluster(
    { from: world, to: world },
    sortedClusterRoutes(snapshot.clusterRoutes),
    {
      map: (route) => attachOnce(world, route, () => compileClusterRoute(route)),
    },
  );
  return yield* tellShadows([...routes, ...clusterRoutes], snapshot.namespaces);
}

function* tellShadows(routes: readonly JudgedRoute[], namespaces: readonly Namespace[]): Steps<readonly JudgedRoute[]> {
  const shadows = yield* findShadows(routes, namespaces);
  if (shadows.size === 0) return routes;
  return routes.map((judged) => {
    const shadowed = shadows.get(judged);
    return shadowed === undefined ? judged : overshadowed(judged, [shadowed.message], () => ({ ...judged, shadowed }));
  });
}

const overshadowed = createMemo<JudgedRoute, JudgedRoute>();

const sortedRoutes = memoByObject((routes: readonly EgressRoute[]) => [...routes].sort(compareName));
const sortedClusterRoutes = memoByObject((routes: readonly ClusterEgressRoute[]) => [...routes].sort(compareName));
const attachAll = createListMemo<World, EgressRoute, JudgedRoute>();
const attachAllOfCluster = createListMemo<World, ClusterEgressRoute, JudgedRoute>();
const worldOf = createMemo<readonly JudgedGateway[], World>();
const attached = createMemo<AnyRoute, JudgedRoute>();

// What a route's attachment depends on besides the route itself: the Gateways that it names and its own namespace.
function attachOnce(world: World, route: AnyRoute, compiled: () => CompiledRoute): JudgedRoute {
  const inputs: unknown[] = (route.spec.parentRefs ?? []).map((ref) => findGateway(world, route, ref));
  inputs.push(world.namespaces.get(route.metadata.namespace ?? ''));
  return attached(route, inputs, () => attach(world, route, compiled()));
}

function attach(world: World, route: AnyRoute, compiled: CompiledRoute): JudgedRoute {
  const { kind, problems, rules } = compiled;
  const parents = (route.spec.parentRefs ?? []).flatMap((ref) => {
    const gateway = findGateway(world, route, ref);
    return gateway === undefined ? [] : [judgeParent(world, { route, compiled, ref, gateway })];
  });
  if (parents.length === 0) return { kind, route, compiled, parents, noParent: describeParents(route) };
  const winner = parents.find(({ accepted }) => isTrue(accepted));
  const partial = problems.length > 0 && rules.length > 0;
  return {
    kind,
    route,
    compiled,
    parents,
    ...(winner === undefined ? {} : { winner }),
    ...(partial ? { partiallyInvalid: finding('RoutePartiallyInvalid', { problems: listProblems(compiled) }) } : {}),
  };
}

function findGateway({ gateways }: World, route: AnyRoute, ref: ParentReference): JudgedGateway | undefined {
  if ((ref.group ?? gatewayGroup) !== gatewayGroup || (ref.kind ?? 'Gateway') !== 'Gateway') return undefined;
  const namespace = namespaceOf(route, ref);
  return namespace === undefined ? undefined : gateways.get(`${namespace}/${ref.name}`);
}

function namespaceOf({ metadata }: AnyRoute, ref: ParentReference): string | undefined {
  return ref.namespace ?? metadata.namespace;
}

function describeParents(route: AnyRoute): Finding {
  const refs = route.spec.parentRefs ?? [];
  const unplaced = refs.findIndex((ref) => namespaceOf(route, ref) === undefined);
  const names = refs.map((ref) => {
    const { group = gatewayGroup, kind = 'Gateway', name } = ref;
    const suffix = group === gatewayGroup || group === '' ? '' : ` of group ${group}`;
    return `${kind} ${namespaceOf(route, ref)}/${name}${suffix}`;
  });
  const parents = names.length === 0 ? 'spec.parentRefs is empty' : `${names.join(', ')} missing or foreign`;
  const placed = `spec.parentRefs[${unplaced}].namespace is missing, and a ClusterEgressRoute has none of its own`;
  return finding('RouteNoParent', { controller: controllerName, parents: unplaced < 0 ? parents : placed });
}

function listProblems({ problems }: CompiledRoute): string {
  return problems.map(({ field, problem }) => `${field}: ${problem}`).join('; ');
}

interface Attachment {
  readonly route: AnyRoute;
  readonly compiled: CompiledRoute;
  readonly ref: ParentReference;
  readonly gateway: JudgedGateway;
}

function judgeParent(world: World, attachment: Attachment): JudgedParent {
  const { compiled, ref, gateway } = attachment;
  const refuse = (accepted: Finding): JudgedParent => ({ ref, gateway, accepted, listeners: [] });
  const named = gateway.listeners.filter(({ listener }) => {
    return (ref.sectionName ?? listener.name) === listener.name && (ref.port ?? listener.port) === listener.port;
  });
  if (named.length === 0) return refuse(noMatch(ref, gateway));
  const answers = named.map((listener) => ({ listener, refusal: refuseRoute(world, attachment, listener) }));
  const listeners = answers
    .filter(({ refusal }) => refusal === undefined)
    .map(({ listener }) => listener.listener.name);
  if (listeners.length === 0)
    return refuse(
      summariseRefusals(
        attachment,
        answers.map(({ refusal }) => refusal ?? ''),
      ),
    );
  if (compiled.rules.length === 0) {
    const problems = compiled.problems.length === 0 ? 'spec.rules: is empty' : listProblems(compiled);
    return refuse(finding('RouteUnsupportedValue', { problems }));
  }
  return { ref, gateway, accepted: finding('RouteAccepted', { listeners: listeners.join(', ') }), listeners };
}

function noMatch({ sectionName, port }: ParentReference, { key, listeners }: JudgedGateway): Finding {
  const wanted = [sectionName ?? '', port === undefined ? '' : `with port ${port}`]
    .filter((text) => text !== '')
    .join(' ');
  const names = listeners.map(({ listener }) => `${listener.name} (port ${listener.port})`).join(', ');
  return finding('RouteNoMatchingParent', { gateway: key, wanted, listeners: names });
}

// 'unseen' is no refusal for good: the namespace object may still come.
const unseen = 'unseen';

function summariseRefusals({ route, gateway }: Attachment, refusals: readonly string[]): Finding {
  if (refusals.includes(unseen)) {
    const namespace = route.metadata.namespace ?? '';
    return finding('RouteAttachmentPending', { namespace, gateway: gateway.key });
  }
  return finding('RouteNotAllowedByListeners', { gateway: gateway.key, problem: refusals.join('; ') });
}

/** Why a listener does not take a route, or undefined. */
function refuseRoute(world: World, attachment: Attachment, judged: JudgedListener): string | undefined {
  const { route, compiled, gateway } = attachment;
  const { listener, kinds } = judged;
  if (!kinds.includes(compiled.kind)) {
    const hint = compiled.kind === 'ClusterEgressRoute' ? ' (it must be listed in allowedRoutes.kinds)' : '';
    return `listener ${listener.name} does not allow ${compiled.kind}${hint}`;
  }
  // Listing a cluster-scoped kind is the consent: there is no namespace to judge (decisions.md 7).
  if (compiled.kind === 'ClusterEgressRoute') return undefined;
  const namespace = route.metadata.namespace ?? '';
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return undefined;
  if (from === 'Same' && namespace === gateway.gateway.metadata.namespace) return undefined;
  if (from === 'Selector' && selector !== undefined) {
    const object = world.namespaces.get(namespace);
    if (object === undefined) return unseen;
    if (matchesSelector(selector, object.metadata.labels)) return undefined;
  }
  return `listener ${listener.name} does not allow routes from namespace ${namespace} (from: ${from})`;
}
