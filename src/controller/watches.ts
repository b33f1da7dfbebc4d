import type { Namespace, Node, ServiceCIDR } from '../api/core.ts';
import { bundleVersionAnnotation, type Gateway, type GatewayClass } from '../api/gateway.ts';
import type {
  ClusterEgressRoute,
  EgressAddressClaim,
  EgressAddressPool,
  EgressClass,
  EgressCluster,
  EgressGatewayParameters,
  EgressNode,
  EgressNodeReport,
  EgressPlacement,
  EgressRoute,
  EgressRuleSet,
} from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import { resources } from '../api/resources.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { projectMeta, projectObject } from '../kube/project.ts';
import type { ResourceRef } from '../kube/resource.ts';
import type { Store } from '../kube/store.ts';
import { type WatchContext, type Watched, watched } from '../kube/watched.ts';
import { projectNode } from './project-node.ts';

const own = <T>(resource: ResourceRef): Watched<T> => ({ resource, project: projectObject<T> });

/** Every kind that the compile looks at, and what is kept of its objects. */
export const watchedKinds = {
  gatewayClasses: own<GatewayClass>(resources.gatewayClasses),
  gateways: own<Gateway>(resources.gateways),
  clusters: own<EgressCluster>(resources.egressClusters),
  egressClasses: own<EgressClass>(resources.egressClasses),
  pools: own<EgressAddressPool>(resources.egressAddressPools),
  parameters: own<EgressGatewayParameters>(resources.egressGatewayParameters),
  claims: own<EgressAddressClaim>(resources.egressAddressClaims),
  placements: { resource: resources.egressPlacements, project: projectAnnotated } as Watched<EgressPlacement>,
  ruleSets: own<EgressRuleSet>(resources.egressRuleSets),
  egressNodes: own<EgressNode>(resources.egressNodes),
  reports: { resource: resources.egressNodeReports, project: projectReport } as Watched<EgressNodeReport>,
  routes: own<EgressRoute>(resources.egressRoutes),
  clusterRoutes: own<ClusterEgressRoute>(resources.clusterEgressRoutes),
  // Kubelets say all the time that they are alive: no news as long as nothing that is kept has changed.
  nodes: { resource: resources.nodes, project: projectNode, versionOf: nodeVersion } as Watched<Node>,
  namespaces: {
    resource: resources.namespaces,
    project: (raw: unknown) => ({ metadata: projectMeta(raw) }),
  } as Watched<Namespace>,
  // Served as v1 since Kubernetes 1.33; before, Service ranges come from EgressCluster clusterRanges.extra.
  serviceCidrs: { ...own<ServiceCIDR>(resources.serviceCidrs), optional: true },
  gatewayApi: {
    resource: resources.customResourceDefinitions,
    fieldSelector: 'metadata.name=gatewayclasses.gateway.networking.k8s.io',
    project: (raw: unknown) => ({ metadata: projectMeta(raw, { annotations: true }) }),
  } as Watched<{ readonly metadata: ObjectMeta }>,
};

type Kinds = typeof watchedKinds;
type ItemOf<K extends keyof Kinds> = Kinds[K] extends Watched<infer T> ? T : never;

/** The objects of every kind, complete. */
export type Lists = { readonly [K in keyof Kinds]: readonly ItemOf<K>[] };
export type Stores = { readonly [K in keyof Kinds]: Store<ItemOf<K>> };

/** Watches every kind that the compile looks at, until the context's signal aborts. */
export function startWatches(context: WatchContext): Stores {
  const start = ([name, kind]: [string, Watched<unknown>]) => [name, watched(context, kind)];
  return Object.fromEntries(Object.entries<Watched<unknown>>(watchedKinds as never).map(start)) as Stores;
}

function nodeVersion({ metadata: { resourceVersion: _, ...metadata }, ...rest }: Node): string {
  return JSON.stringify({ metadata, ...rest });
}

// Whose report it is: a Node of the same name may be another.
function projectReport(raw: unknown): EgressNodeReport {
  return { ...projectObject<EgressNodeReport>(raw), metadata: projectMeta(raw, { owners: true }) };
}

// Annotations of placements are ours to write (infrastructure), so ours to compare.
function projectAnnotated(raw: unknown): EgressPlacement {
  return { ...projectObject<EgressPlacement>(raw), metadata: projectMeta(raw, { annotations: true }) };
}

/** The kinds whose first list is not complete yet. */
export function unsynced(stores: Stores): string[] {
  return Object.entries(stores).flatMap(([name, store]: [string, Store<unknown>]) => (store.isSynced ? [] : [name]));
}

/** What the stores hold now; call it only when all of them are synced. */
export function listsOf(stores: Stores): Lists {
  return Object.fromEntries(
    Object.entries(stores).map(([name, store]: [string, Store<unknown>]) => [name, store.list()]),
  ) as Lists;
}

/** The compile's input. */
export function snapshotOf(
  { clusters, gatewayApi, ...lists }: Lists,
  now: number,
  publishedAt: Snapshot['publishedAt'],
): Snapshot {
  const cluster = clusters.find(({ metadata }) => metadata.name === 'default');
  const bundle = gatewayApi[0]?.metadata.annotations?.[bundleVersionAnnotation];
  return {
    ...lists,
    now,
    publishedAt,
    ...(cluster === undefined ? {} : { cluster }),
    ...(bundle === undefined ? {} : { gatewayApiVersion: bundle }),
  };
}

/** The store of a kind that the controller writes, by the kind's plural. */
export const storeOfPlural: ReadonlyMap<string, keyof Stores> = new Map([
  ['gatewayclasses', 'gatewayClasses'],
  ['gateways', 'gateways'],
  ['egressclusters', 'clusters'],
  ['egressaddresspools', 'pools'],
  ['egressaddressclaims', 'claims'],
  ['egressplacements', 'placements'],
  ['egressrulesets', 'ruleSets'],
  ['egressnodes', 'egressNodes'],
  ['egressroutes', 'routes'],
  ['clusteregressroutes', 'clusterRoutes'],
]);
