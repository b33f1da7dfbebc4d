/** Names that are part of the API: groups, controller, conditions' domains, finalizers, field managers. */
export const apiGroup = 'sallyport.dev';
export const apiVersion = 'sallyport.dev/v1alpha1';
export const gatewayGroup = 'gateway.networking.k8s.io';
export const controllerName = 'sallyport.dev/egress-controller';
/** The listener protocol of an egress Gateway (api.md §3). */
export const listenerProtocol = 'sallyport.dev/IP';
/** The address type whose value is the name of an EgressAddressPool (api.md §3). */
export const poolAddressType = 'sallyport.dev/Pool';
export const gatewayClassFinalizer = 'gateway-exists-finalizer.gateway.networking.k8s.io';
/** Key of the taint by which `sallyport drain` empties a node of what it owns. */
export const drainTaint = 'sallyport.dev/drain';
/** Key of the taint with which new nodes may be registered (kubelet `--register-with-taints`), so that no Pod begins before the agent is there; the controller removes it. */
export const startTaint = 'sallyport.dev/agent-not-ready';
/** Label of Pods that send beacons (`net/beacon.ts`); it counts in Sallyport's own namespace. */
export const beaconLabel = 'sallyport.dev/beacon';
