/** How a kind is served: its API version and scope. */
export interface Kind {
  readonly apiVersion: string;
  readonly namespaced: boolean;
}

const gateway = 'gateway.networking.k8s.io/v1';
const egress = 'sallyport.dev/v1alpha1';

/** Every kind that the fake cluster serves. */
export const kinds: Readonly<Record<string, Kind>> = {
  Namespace: { apiVersion: 'v1', namespaced: false },
  Node: { apiVersion: 'v1', namespaced: false },
  Pod: { apiVersion: 'v1', namespaced: true },
  Service: { apiVersion: 'v1', namespaced: true },
  ServiceAccount: { apiVersion: 'v1', namespaced: true },
  ConfigMap: { apiVersion: 'v1', namespaced: true },
  Secret: { apiVersion: 'v1', namespaced: true },
  Event: { apiVersion: 'v1', namespaced: true },
  Deployment: { apiVersion: 'apps/v1', namespaced: true },
  NetworkPolicy: { apiVersion: 'networking.k8s.io/v1', namespaced: true },
  CustomResourceDefinition: { apiVersion: 'apiextensions.k8s.io/v1', namespaced: false },
  GatewayClass: { apiVersion: gateway, namespaced: false },
  Gateway: { apiVersion: gateway, namespaced: true },
  HTTPRoute: { apiVersion: gateway, namespaced: true },
  ReferenceGrant: { apiVersion: gateway, namespaced: true },
  EgressCluster: { apiVersion: egress, namespaced: false },
  EgressClass: { apiVersion: egress, namespaced: false },
  EgressAddressPool: { apiVersion: egress, namespaced: false },
  EgressGatewayParameters: { apiVersion: egress, namespaced: true },
  EgressPlacement: { apiVersion: egress, namespaced: false },
  EgressRoute: { apiVersion: egress, namespaced: true },
  ClusterEgressRoute: { apiVersion: egress, namespaced: false },
};
