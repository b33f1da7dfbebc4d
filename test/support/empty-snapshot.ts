import type { Snapshot } from '../../src/compile/snapshot.ts';

/** A cluster with nothing in it, not even EgressCluster/default, at the beginning of time. */
export const emptySnapshot: Snapshot = {
  now: 0,
  gatewayClasses: [],
  egressClasses: [],
  pools: [],
  parameters: [],
  gateways: [],
  routes: [],
  clusterRoutes: [],
  claims: [],
  placements: [],
  ruleSets: [],
  egressNodes: [],
  reports: [],
  nodes: [],
  namespaces: [],
  serviceCidrs: [],
  publishedAt: new Map(),
};
