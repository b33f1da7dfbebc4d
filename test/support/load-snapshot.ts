import { parseAllDocuments } from 'yaml';
import type { ObjectMeta } from '../../src/api/meta.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { emptySnapshot } from './empty-snapshot.ts';
import { meta, now } from './objects.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: Partial<ObjectMeta> & { readonly name: string };
}

const lists = {
  GatewayClass: 'gatewayClasses',
  EgressClass: 'egressClasses',
  EgressAddressPool: 'pools',
  EgressGatewayParameters: 'parameters',
  Gateway: 'gateways',
  EgressRoute: 'routes',
  ClusterEgressRoute: 'clusterRoutes',
  EgressAddressClaim: 'claims',
  EgressNodeReport: 'reports',
  Node: 'nodes',
  Namespace: 'namespaces',
  ServiceCIDR: 'serviceCidrs',
} as const;

const empty: Snapshot = { ...emptySnapshot, now, gatewayApiVersion: 'v1.6.1' };

/** A Snapshot from YAML manifests: a later document replaces an earlier one of its kind and name; `$absent: true` removes it. */
export function loadSnapshot(...texts: readonly string[]): Snapshot {
  const objects = new Map<string, Manifest>();
  for (const document of texts.flatMap((text) => parseAllDocuments(text))) {
    if (document.errors.length > 0) throw document.errors[0];
    const manifest: (Manifest & { readonly $absent?: boolean }) | null = document.toJS();
    if (manifest === null) continue;
    const { kind, metadata } = manifest;
    const key = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
    if (manifest.$absent === true) objects.delete(`${kind} ${key}`);
    else objects.set(`${kind} ${key}`, { ...manifest, metadata: { ...meta(key), ...metadata } });
  }
  const sorted = Map.groupBy(objects.values(), ({ kind }) => kind);
  const unknown = [...sorted.keys()].filter((kind) => !(kind in lists) && kind !== 'EgressCluster');
  if (unknown.length > 0) throw new Error(`unknown kinds: ${unknown.join(', ')}`);
  const filled = Object.entries(lists).map(([kind, list]) => [list, sorted.get(kind) ?? []]);
  const [cluster] = sorted.get('EgressCluster') ?? [];
  return { ...empty, ...Object.fromEntries(filled), ...(cluster === undefined ? {} : { cluster }) };
}
