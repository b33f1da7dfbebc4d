/** YAML that tests repeat; keys are NAMESPACE/NAME, `extra` is YAML in flow or block style that is put in as it is. */

const split = (key: string): readonly [string, string] => {
  const [namespace = '', name = ''] = key.split('/');
  return [namespace, name];
};

export function namespaceYaml(name: string, labels: Readonly<Record<string, string>> = {}): string {
  return `
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, labels: ${JSON.stringify(labels)}}`;
}

interface PodOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly serviceAccount?: string;
}

/** A Pod of the image `example.com/app`: nothing of it runs, its network is there. */
export function podYaml(key: string, { labels = {}, node, serviceAccount = 'default' }: PodOptions = {}): string {
  const [namespace, name] = split(key);
  return `
apiVersion: v1
kind: Pod
metadata: {namespace: ${namespace}, name: ${name}, labels: ${JSON.stringify(labels)}}
spec:
  terminationGracePeriodSeconds: 0
  serviceAccountName: ${serviceAccount}
  ${node === undefined ? '' : `nodeName: ${node}`}
  containers: [{name: app, image: example.com/app}]`;
}

/** One Pod on every node, labelled app=NAME. */
export function daemonSetYaml(key: string): string {
  const [namespace, name] = split(key);
  return `
apiVersion: apps/v1
kind: DaemonSet
metadata: {namespace: ${namespace}, name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
${podTemplate(name)}`;
}

/** Pods labelled app=NAME. */
export function deploymentYaml(key: string, replicas: number): string {
  const [namespace, name] = split(key);
  return `
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: ${namespace}, name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
${podTemplate(name)}`;
}

const podTemplate = (name: string): string => `  template:
    metadata: {labels: {app: ${name}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: app, image: example.com/app}]`;

/** A Gateway of the lab's class with one listener `egress`; `allowedRoutes` in flow style, `spec` in block style. */
export function gatewayYaml(
  key: string,
  { allowedRoutes = '{}', spec = '' }: { readonly allowedRoutes?: string; readonly spec?: string } = {},
): string {
  const [namespace, name] = split(key);
  return `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {namespace: ${namespace}, name: ${name}}
spec:
  gatewayClassName: egress
  listeners:
  - {name: egress, protocol: sallyport.dev/IP, port: 1, allowedRoutes: ${allowedRoutes}}
  ${spec}`;
}

interface RouteOptions {
  /** NAMESPACE/NAME. */
  readonly gateway: string;
  /** One match in flow style; absent: every Pod, every outside destination. */
  readonly match?: string;
}

/** An EgressRoute with one rule. */
export function routeYaml(key: string, options: RouteOptions): string {
  const [namespace, name] = split(key);
  return routeBody(`kind: EgressRoute\nmetadata: {namespace: ${namespace}, name: ${name}}`, options);
}

/** A ClusterEgressRoute with one rule. */
export function clusterRouteYaml(name: string, options: RouteOptions): string {
  return routeBody(`kind: ClusterEgressRoute\nmetadata: {name: ${name}}`, options);
}

function routeBody(head: string, { gateway, match }: RouteOptions): string {
  const [namespace, name] = split(gateway);
  return `
apiVersion: sallyport.dev/v1alpha1
${head}
spec:
  parentRefs: [{namespace: ${namespace}, name: ${name}}]
  rules: [{${match === undefined ? '' : `matches: [${match}]`}}]`;
}
