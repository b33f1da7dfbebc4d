import type { Node, ServiceCIDR } from '../api/core.ts';
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
import type { Store } from '../kube/store.ts';
import { type WatchContext, watched } from '../kube/watched.ts';
import { projectNode } from './project-node.ts';

export type Stores = ReturnType<typeof startWatches>;

/** Watches every kind that the compile looks at, until the context's signal aborts. */
export function startWatches(context: WatchContext) {
  const own = <T>(resource: (typeof resources)[keyof typeof resources]) =>
    watched<T>(context, { resource, project: projectObject });
  return {
    gatewayClasses: own<GatewayClass>(resources.gatewayClasses),
    gateways: own<Gateway>(resources.gateways),
    clusters: own<EgressCluster>(resources.egressClusters),
    egressClasses: own<EgressClass>(resources.egressClasses),
    pools: own<EgressAddressPool>(resources.egressAddressPools),
    parameters: own<EgressGatewayParameters>(resources.egressGatewayParameters),
    claims: own<EgressAddressClaim>(resources.egressAddressClaims),
    placements: watched<EgressPlacement>(context, { resource: resources.egressPlacements, project: projectAnnotated }),
    ruleSets: own<EgressRuleSet>(resources.egressRuleSets),
    egressNodes: own<EgressNode>(resources.egressNodes),
    reports: watched<EgressNodeReport>(context, { resource: resources.egressNodeReports, project: projectReport }),
    routes: own<EgressRoute>(resources.egressRoutes),
    clusterRoutes: own<ClusterEgressRoute>(resources.clusterEgressRoutes),
    // Kubelets say all the time that they are alive: no news as long as nothing that is kept has changed.
    nodes: watched(context, { resource: resources.nodes, project: projectNode, versionOf: nodeVersion }),
    namespaces: watched(context, {
      resource: resources.namespaces,
      project: (raw) => ({ metadata: projectMeta(raw) }),
    }),
    // Served as v1 since Kubernetes 1.33; before, Service ranges come from EgressCluster clusterRanges.extra.
    serviceCidrs: watched<ServiceCIDR>(context, {
      resource: resources.serviceCidrs,
      project: projectObject,
      optional: true,
    }),
    gatewayApi: watched(context, {
      resource: resources.customResourceDefinitions,
      fieldSelector: 'metadata.name=gatewayclasses.gateway.networking.k8s.io',
      project: (raw): { metadata: ObjectMeta } => ({ metadata: projectMeta(raw, { annotations: true }) }),
    }),
  };
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

/** What the stores hold now, as the compile's input; call it only when all of them are synced. */
export function snapshotOf(stores: Stores, now: number, publishedAt: Snapshot['publishedAt']): Snapshot {
  const cluster = stores.clusters.get('default');
  const bundle = stores.gatewayApi.list()[0]?.metadata.annotations?.[bundleVersionAnnotation];
  return {
    now,
    publishedAt,
    ...(cluster === undefined ? {} : { cluster }),
    ...(bundle === undefined ? {} : { gatewayApiVersion: bundle }),
    gatewayClasses: stores.gatewayClasses.list(),
    egressClasses: stores.egressClasses.list(),
    pools: stores.pools.list(),
    parameters: stores.parameters.list(),
    gateways: stores.gateways.list(),
    routes: stores.routes.list(),
    clusterRoutes: stores.clusterRoutes.list(),
    claims: stores.claims.list(),
    placements: stores.placements.list(),
    ruleSets: stores.ruleSets.list(),
    egressNodes: stores.egressNodes.list(),
    reports: stores.reports.list(),
    nodes: stores.nodes.list(),
    namespaces: stores.namespaces.list(),
    serviceCidrs: stores.serviceCidrs.list(),
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
