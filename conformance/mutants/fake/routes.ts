import type { ParentReference } from '../../../src/api/kinds.ts';
import type { GatewayDecision } from './gateways.ts';
import type { ListenerDecision } from './listeners.ts';
import { selects } from './selectors.ts';
import { isTrue, type Verdict, verdict } from './verdict.ts';
import { firstOf, namespaceLabels, type RouteObject, type RouteRule, read, type View } from './view.ts';

/** One parentRef that names a Gateway of this controller. */
export interface ParentDecision {
  readonly ref: ParentReference;
  readonly gateway: GatewayDecision;
  readonly accepted: Verdict;
  /** Names of the listeners that take the route. */
  readonly listeners: readonly string[];
}

/** A route of either kind with all its parents of this controller. */
export interface RouteDecision {
  readonly object: RouteObject;
  readonly rules: readonly RouteRule[];
  /** What is wrong with the rules that fall. */
  readonly dropped: readonly string[];
  readonly parents: readonly ParentDecision[];
  readonly winner?: ParentDecision;
}

/** Attaches every route to its parents (api.md §4 and §5). */
export function decideRoutes(view: View, gateways: readonly GatewayDecision[]): readonly RouteDecision[] {
  const routes = [...read<RouteObject>(view, 'EgressRoute'), ...read<RouteObject>(view, 'ClusterEgressRoute')];
  const broken = routes.findIndex((route) => isBroken(view, route, gateways));
  const seen = broken >= 0 && view.wrong('broken-route-stops-others') ? routes.slice(0, broken + 1) : routes;
  return seen.map((object) => decideRoute(view, object, gateways));
}

function isBroken(view: View, object: RouteObject, gateways: readonly GatewayDecision[]): boolean {
  const parents = object.spec.parentRefs ?? [];
  const missing = parents.some((ref) => findGateway(view, { object, ref }, gateways) === undefined);
  return missing || droppedRules(view, object).length > 0;
}

function decideRoute(view: View, object: RouteObject, gateways: readonly GatewayDecision[]): RouteDecision {
  const dropped = droppedRules(view, object);
  const whole = dropped.length > 0 && view.wrong('one-bad-rule-refuses-the-route');
  const rules = whole ? [] : object.spec.rules.filter((rule) => problemOf(view, rule) === undefined);
  const parents = (object.spec.parentRefs ?? []).flatMap((ref, index) => {
    const gateway = findGateway(view, { object, ref }, gateways);
    const now = gateway === undefined ? undefined : decideParent(view, { object, ref, gateway, rules, dropped });
    const { uid, generation } = object.metadata;
    const first = firstOf(view, `parent ${uid} ${generation} ${index}`, now);
    const changed =
      first?.accepted.reason !== now?.accepted.reason ||
      first?.gateway.object.metadata.uid !== gateway?.object.metadata.uid;
    const parent = changed && view.wrong('gateway-change-not-noticed-by-routes') ? first : now;
    return parent === undefined ? [] : [parent];
  });
  const candidates = parents.length > 1 && view.wrong('last-parent-wins') ? parents.toReversed() : parents;
  const unaccepted = parents.some((parent) => !isAccepted(parent)) && view.wrong('first-parent-wins-unaccepted');
  const winner = unaccepted ? candidates[0] : candidates.find(isAccepted);
  return { object, rules, dropped, parents, ...(winner === undefined ? {} : { winner }) };
}

/** Whether the parent takes the route. */
export function isAccepted({ accepted }: ParentDecision): boolean {
  return isTrue(accepted);
}

function droppedRules(view: View, { spec }: RouteObject): readonly string[] {
  return spec.rules.map((rule) => problemOf(view, rule)).filter((problem) => problem !== undefined);
}

// Host names are a feature that this implementation does not have.
function problemOf({ wrong }: View, { name = 'without name', matches = [] }: RouteRule): string | undefined {
  const hosts = matches
    .flatMap(({ destinations = [] }) => destinations)
    .filter(({ hostname }) => hostname !== undefined);
  return hosts.length === 0 || wrong('hostname-ignored') ? undefined : `rule ${name}: hostname is not supported`;
}

function findGateway(
  { wrong }: View,
  { object: { metadata }, ref }: Pick<Attachment, 'object' | 'ref'>,
  gateways: readonly GatewayDecision[],
): GatewayDecision | undefined {
  const { group, kind, namespace = metadata.namespace, name } = ref;
  const isGateway = group === 'gateway.networking.k8s.io' && kind === 'Gateway';
  if (!isGateway && !wrong('parent-kind-ignored')) return undefined;
  const home = namespace !== metadata.namespace && wrong('parent-namespace-ignored') ? metadata.namespace : namespace;
  return gateways.find((gateway) => gateway.key === `${home}/${name}`);
}

interface Attachment {
  readonly object: RouteObject;
  readonly ref: ParentReference;
  readonly gateway: GatewayDecision;
  readonly rules: readonly RouteRule[];
  readonly dropped: readonly string[];
}

function decideParent(view: View, attachment: Attachment): ParentDecision {
  const { ref, gateway, rules, dropped } = attachment;
  const refuse = (reason: string, message: string): ParentDecision => {
    return { ref, gateway, listeners: [], accepted: verdict('Accepted', 'False', reason, message) };
  };
  const named = gateway.listeners.filter(({ listener }) => {
    const section = (ref.sectionName ?? listener.name) === listener.name || view.wrong('section-name-ignored');
    return section && ((ref.port ?? listener.port) === listener.port || view.wrong('parent-port-ignored'));
  });
  if (named.length === 0) {
    const reason = view.wrong('no-matching-parent-reason') ? 'NotAllowedByListeners' : 'NoMatchingParent';
    return refuse(reason, `Gateway ${gateway.key} has no such listener`);
  }
  const taking = named.filter((listener) => takes(view, attachment, listener));
  if (taking.length === 0) {
    const reason = view.wrong('not-allowed-reason') ? 'RefNotPermitted' : 'NotAllowedByListeners';
    return refuse(reason, `no listener of Gateway ${gateway.key} allows this route`);
  }
  if (rules.length === 0) return refuse('UnsupportedValue', dropped.join('; '));
  const listeners = taking.map(({ listener }) => listener.name);
  return { ref, gateway, listeners, accepted: verdict('Accepted', 'True', 'Accepted', `by ${listeners.join(', ')}`) };
}

function takes(view: View, { object, gateway }: Attachment, { listener, kinds }: ListenerDecision): boolean {
  const { wrong } = view;
  if (!kinds.includes(object.kind) && !wrong('kind-filter-ignored')) return false;
  const { namespace } = object.metadata;
  if (namespace === undefined) return !wrong('namespaces-apply-to-cluster-routes');
  const home = namespace === gateway.object.metadata.namespace;
  if (!home && wrong('reference-grant-needed') && !isGranted(view, namespace, gateway)) return false;
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return home || wrong('from-same-ignored');
  if (wrong('namespace-selector-ignored')) return true;
  if (home && wrong('own-namespace-always-selected')) return true;
  if (selector === undefined) return false;
  const { matchLabels } = selector;
  return selects(
    wrong('namespace-expressions-ignored') ? { ...(matchLabels ? { matchLabels } : {}) } : selector,
    namespaceLabels(view, namespace),
  );
}

function isGranted(view: View, from: string, { object }: GatewayDecision): boolean {
  return read(view, 'ReferenceGrant').some(({ metadata, spec }) => {
    return metadata.namespace === object.metadata.namespace && JSON.stringify(spec).includes(`"${from}"`);
  });
}
