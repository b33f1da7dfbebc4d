import type { Listener } from '../../src/api/gateway.ts';
import type { ClusterEgressRoute, EgressRoute, ParentReference } from '../../src/api/kinds.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';

export interface ObviousParent {
  readonly ref: ParentReference;
  /** Reason of condition Accepted. */
  readonly accepted: string;
  /** Names of the listeners that count the route. */
  readonly listeners: readonly string[];
}

type Route = EgressRoute | ClusterEgressRoute;

/** api.md §3 and §4 read aloud: one parentRef after the other, one listener after the other. */
export function obviousParents(snapshot: Snapshot, route: Route): readonly ObviousParent[] {
  const parents: ObviousParent[] = [];
  for (const ref of route.spec.parentRefs ?? []) {
    const gateway = snapshot.gateways.find(({ metadata, spec }) => {
      const isGateway = (ref.group ?? 'gateway.networking.k8s.io') === 'gateway.networking.k8s.io';
      const isKind = (ref.kind ?? 'Gateway') === 'Gateway';
      const isNamed = metadata.name === ref.name && metadata.namespace === (ref.namespace ?? route.metadata.namespace);
      return isGateway && isKind && isNamed && spec.gatewayClassName === 'egress';
    });
    // Missing or foreign: no entry.
    if (gateway === undefined) continue;
    let accepted = 'NoMatchingParent';
    const listeners: string[] = [];
    for (const listener of gateway.spec.listeners) {
      if (ref.sectionName !== undefined && ref.sectionName !== listener.name) continue;
      if (ref.port !== undefined && ref.port !== listener.port) continue;
      const answer = takes(listener, { snapshot, route, home: gateway.metadata.namespace ?? '' });
      if (answer === 'yes') listeners.push(listener.name);
      if (answer === 'yes') accepted = 'Accepted';
      else if (accepted !== 'Accepted') {
        if (answer === 'unknown') accepted = 'Pending';
        else if (accepted !== 'Pending') accepted = 'NotAllowedByListeners';
      }
    }
    if (accepted === 'Accepted' && usableRules(route) === 0) {
      parents.push({ ref, accepted: 'UnsupportedValue', listeners: [] });
    } else parents.push({ ref, accepted, listeners });
  }
  return parents;
}

/** How many rules can be honoured; the generator makes them unusable by host names only. */
export function usableRules({ spec }: Route): number {
  return spec.rules.filter(({ matches = [] }) => {
    return !matches.some(({ destinations = [] }) => destinations.some(({ hostname }) => hostname !== undefined));
  }).length;
}

interface Asking {
  readonly snapshot: Snapshot;
  readonly route: Route;
  /** The Gateway's namespace. */
  readonly home: string;
}

function takes(listener: Listener, { snapshot, route, home }: Asking): 'yes' | 'no' | 'unknown' {
  const isCluster = route.metadata.namespace === undefined;
  const kinds = (listener.allowedRoutes?.kinds ?? [])
    .filter(({ group }) => group === 'sallyport.dev')
    .map(({ kind }) => kind);
  if (listener.protocol !== 'sallyport.dev/IP') return 'no';
  const isListed = kinds.includes(isCluster ? 'ClusterEgressRoute' : 'EgressRoute');
  const isDefault = !isCluster && (listener.allowedRoutes?.kinds ?? []).length === 0;
  if (!isListed && !isDefault) return 'no';
  if (isCluster) return 'yes';
  const namespace = route.metadata.namespace ?? '';
  const { from = 'Same', selector } = listener.allowedRoutes?.namespaces ?? {};
  if (from === 'All') return 'yes';
  if (from === 'Same') return namespace === home ? 'yes' : 'no';
  if (from !== 'Selector' || selector === undefined) return 'no';
  const labels = snapshot.namespaces.find(({ metadata }) => metadata.name === namespace)?.metadata;
  if (labels === undefined) return 'unknown';
  const wanted = Object.entries(selector.matchLabels ?? {});
  return wanted.every(([key, value]) => labels.labels?.[key] === value) ? 'yes' : 'no';
}
