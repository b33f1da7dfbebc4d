import { stringify } from 'yaml';

/** YAML of several objects. */
export const yamlOf = (...objects: readonly object[]): string =>
  objects.map((object) => stringify(object)).join('---\n');

export const gatewayClass = 'egress';
/** Labels of the nodes that may own addresses: not the control plane, whose cable the API server shares. */
export const gatewayNodes = { egress: 'true' };

/** A class, and a pool of addresses in the nodes' network. */
export function classAndPool(addresses: readonly string[]): string {
  const parametersRef = { group: 'sallyport.dev', kind: 'EgressClass', name: gatewayClass };
  return yamlOf(
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: gatewayClass },
      spec: { controllerName: 'sallyport.dev/egress-controller', parametersRef },
    },
    {
      apiVersion: 'sallyport.dev/v1alpha1',
      kind: 'EgressClass',
      metadata: { name: gatewayClass },
      spec: {
        networks: [{ name: 'default' }],
        gatewayNodes: { nodeSelector: { matchLabels: gatewayNodes } },
        failover: { profile: 'Default' },
      },
    },
    {
      apiVersion: 'sallyport.dev/v1alpha1',
      kind: 'EgressAddressPool',
      metadata: { name: 'kind' },
      spec: { addresses },
    },
  );
}

/** A namespace, a Gateway in it and a route for all its Pods. */
export function tenant(namespace: string): string {
  return yamlOf(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'Gateway',
      metadata: { namespace, name: 'partners' },
      spec: { gatewayClassName: gatewayClass, listeners: [{ name: 'egress', protocol: 'sallyport.dev/IP', port: 1 }] },
    },
    {
      apiVersion: 'sallyport.dev/v1alpha1',
      kind: 'EgressRoute',
      metadata: { namespace, name: 'all' },
      // Every Pod of the namespace, to everywhere outside the cluster.
      spec: { parentRefs: [{ name: 'partners' }], rules: [{}] },
    },
  );
}

export interface PodWish {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly image: string;
  readonly command: readonly string[];
}

/** A Pod on a node, running a command of `client.ts`. */
export function podOn({ namespace, name, node, image, command }: PodWish): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: { app: name } },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'client', image, imagePullPolicy: 'IfNotPresent', command }],
    },
  };
}
