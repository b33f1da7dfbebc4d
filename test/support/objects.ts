import type { Namespace, Node } from '../../src/api/core.ts';
import type { Gateway, GatewayClass } from '../../src/api/gateway.ts';
import type {
  ClusterEgressRoute,
  EgressAddressPool,
  EgressClass,
  EgressCluster,
  EgressRoute,
} from '../../src/api/kinds.ts';
import type { ObjectMeta } from '../../src/api/meta.ts';
import { apiGroup, controllerName, listenerProtocol } from '../../src/api/names.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';

/** The clock of every compile test: 2026-01-02T03:04:05Z. */
export const now = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Metadata from "namespace/name" or "name"; the uid follows from the name, so that it may stand in expectations. */
export function meta(key: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
  const [first = '', second] = key.split('/');
  const names = second === undefined ? { name: first } : { namespace: first, name: second };
  return {
    ...names,
    uid: `uid-${key.replace('/', '-')}`,
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...more,
  };
}

export function gatewayClass(name = 'egress', parameters = 'egress'): GatewayClass {
  const parametersRef = { group: apiGroup, kind: 'EgressClass', name: parameters };
  return { metadata: meta(name), spec: { controllerName, parametersRef } };
}

export function egressClass(spec: EgressClass['spec'] = {}, name = 'egress'): EgressClass {
  return { metadata: meta(name), spec };
}

export function cluster(spec: EgressCluster['spec'] = {}, status?: EgressCluster['status']): EgressCluster {
  return { metadata: meta('default'), spec, ...(status === undefined ? {} : { status }) };
}

export function pool(
  name: string,
  addresses: readonly string[],
  more: Partial<EgressAddressPool['spec']> = {},
): EgressAddressPool {
  return { metadata: meta(name), spec: { addresses, ...more } };
}

/** A Gateway with one open listener "egress". */
export function gateway(key: string, spec: Partial<Gateway['spec']> = {}, more: Partial<ObjectMeta> = {}): Gateway {
  const listener = {
    name: 'egress',
    port: 1,
    protocol: listenerProtocol,
    allowedRoutes: { namespaces: { from: 'All' } },
  };
  return { metadata: meta(key, more), spec: { gatewayClassName: 'egress', listeners: [listener], ...spec } };
}

/** An EgressRoute of everything to the Gateway "namespace/name". */
export function route(key: string, parent: string, spec: Partial<EgressRoute['spec']> = {}): EgressRoute {
  const [namespace = '', name = ''] = parent.split('/');
  return { metadata: meta(key), spec: { parentRefs: [{ namespace, name }], rules: [{}], ...spec } };
}

export function clusterRoute(
  name: string,
  parent: string,
  spec: Partial<ClusterEgressRoute['spec']> = {},
): ClusterEgressRoute {
  const [namespace = '', gatewayName = ''] = parent.split('/');
  return { metadata: meta(name), spec: { parentRefs: [{ namespace, name: gatewayName }], rules: [{}], ...spec } };
}

export function node(
  name: string,
  address: string,
  more: { ready?: boolean; labels?: Record<string, string> } = {},
): Node {
  return {
    metadata: meta(name, { labels: more.labels ?? {} }),
    spec: {},
    status: { addresses: [{ type: 'InternalIP', address }], ready: more.ready ?? true },
  };
}

export function namespace(name: string, labels: Record<string, string> = {}): Namespace {
  return { metadata: meta(name, { labels }) };
}

/** Three Ready nodes, class "egress", pool "lab" of 192.0.2.100-.109, namespaces platform and shop; no Gateway. */
export function snapshot(more: Partial<Snapshot> = {}): Snapshot {
  return {
    now,
    cluster: cluster(),
    gatewayClasses: [gatewayClass()],
    egressClasses: [egressClass()],
    pools: [pool('lab', ['192.0.2.100-192.0.2.109'])],
    parameters: [],
    gateways: [],
    routes: [],
    clusterRoutes: [],
    claims: [],
    placements: [],
    ruleSets: [],
    egressNodes: [],
    reports: [],
    nodes: [node('node-1', '192.0.2.11'), node('node-2', '192.0.2.12'), node('node-3', '192.0.2.13')],
    namespaces: [namespace('platform'), namespace('shop')],
    serviceCidrs: [],
    gatewayApiVersion: 'v1.6.1',
    publishedAt: new Map(),
    ...more,
  };
}
