import { apiGroup, gatewayGroup } from './names.ts';

interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** How the kinds that Sallyport reads and writes are served. */
export const resources = {
  gatewayClasses: gateway('gatewayclasses', 'GatewayClass', false),
  gateways: gateway('gateways', 'Gateway', true),
  egressClusters: own('egressclusters', 'EgressCluster', false),
  egressClasses: own('egressclasses', 'EgressClass', false),
  egressAddressPools: own('egressaddresspools', 'EgressAddressPool', false),
  egressGatewayParameters: own('egressgatewayparameters', 'EgressGatewayParameters', true),
  egressAddressClaims: own('egressaddressclaims', 'EgressAddressClaim', false),
  egressPlacements: own('egressplacements', 'EgressPlacement', false),
  egressRuleSets: own('egressrulesets', 'EgressRuleSet', false),
  egressNodes: own('egressnodes', 'EgressNode', false),
  egressNodeReports: own('egressnodereports', 'EgressNodeReport', false),
  egressRoutes: own('egressroutes', 'EgressRoute', true),
  clusterEgressRoutes: own('clusteregressroutes', 'ClusterEgressRoute', false),
  nodes: { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false },
  pods: { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true },
  namespaces: { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false },
  serviceCidrs: {
    group: 'networking.k8s.io',
    version: 'v1',
    plural: 'servicecidrs',
    kind: 'ServiceCIDR',
    namespaced: false,
  },
  customResourceDefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    plural: 'customresourcedefinitions',
    kind: 'CustomResourceDefinition',
    namespaced: false,
  },
} as const satisfies Record<string, Resource>;

function own(plural: string, kind: string, namespaced: boolean): Resource {
  return { group: apiGroup, version: 'v1alpha1', plural, kind, namespaced };
}

function gateway(plural: string, kind: string, namespaced: boolean): Resource {
  return { group: gatewayGroup, version: 'v1', plural, kind, namespaced };
}
