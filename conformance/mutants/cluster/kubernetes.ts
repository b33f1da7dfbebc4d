import type { KubeObject } from '../../lib/world.ts';
import { rfc3339 } from '../fake/verdict.ts';
import type { PodObject } from '../fake/view.ts';
import { type Cluster, create, remove, setFinalizers } from './api.ts';
import { kinds } from './kinds.ts';

/** Nodes of the fake cluster by name, with their addresses. */
export const nodeAddresses: ReadonlyMap<string, string> = new Map([
  ['node-1', '192.0.2.11'],
  ['node-2', '192.0.2.12'],
  ['node-3', '192.0.2.13'],
]);

/** How long a Pod takes to run, and a namespace to be emptied, in milliseconds. */
const startUp = 300;

/** Plays scheduler, kubelets and namespace controller. */
export function runKubernetes(cluster: Cluster): void {
  const { store, clock } = cluster;
  for (const name of nodeAddresses.keys()) create(cluster, nodeManifest(name));
  for (const [name, address] of nodeAddresses)
    setStatus(cluster, store.get('Node', undefined, name), nodeStatus(address));
  let pending = false;
  let pods = 0;
  const tick = (): void => {
    pending = false;
    for (const pod of store.list('Pod') as readonly PodObject[]) {
      if (pod.status === undefined && pod.metadata.deletionTimestamp === undefined) {
        pods += 1;
        runPod(cluster, pod, pods);
      }
    }
    for (const namespace of store.list('Namespace')) tendNamespace(cluster, namespace);
  };
  store.onChange(() => {
    if (pending) return;
    pending = true;
    clock.after(startUp, tick);
  });
}

function nodeManifest(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name } }, spec: {} };
}

function nodeStatus(address: string): unknown {
  return { addresses: [{ type: 'InternalIP', address }], conditions: [{ type: 'Ready', status: 'True' }] };
}

function setStatus({ store }: Cluster, object: KubeObject | undefined, status: unknown): void {
  if (object !== undefined) store.put({ ...object, status });
}

function runPod(cluster: Cluster, pod: PodObject, number: number): void {
  const names = [...nodeAddresses.keys()];
  const nodeName = pod.spec.nodeName ?? names[number % names.length] ?? '';
  const host = nodeAddresses.get(nodeName);
  const [high, low] = [Math.floor(number / 250), (number % 250) + 2];
  const own = [`10.244.${high}.${low}`, `fd00:10:244::${number.toString(16)}`];
  const addresses = pod.spec.hostNetwork === true && host !== undefined ? [host] : own;
  const now = rfc3339(cluster.clock.now());
  const status = {
    phase: 'Running',
    podIP: addresses[0],
    podIPs: addresses.map((ip) => ({ ip })),
    conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }],
  };
  cluster.store.put({ ...pod, spec: { ...pod.spec, nodeName }, status });
}

function tendNamespace(cluster: Cluster, namespace: KubeObject): void {
  const { store } = cluster;
  const { name, deletionTimestamp } = namespace.metadata;
  if (deletionTimestamp === undefined) {
    if (store.get('ServiceAccount', name, 'default') !== undefined) return;
    create(cluster, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace: name, name: 'default' } });
    return;
  }
  const inside = Object.entries(kinds).flatMap(([kind, { namespaced, apiVersion }]) => {
    const objects = namespaced ? store.list(kind) : [];
    const here = objects.filter(({ metadata }) => metadata.namespace === name);
    return here.map(({ metadata }) => ({ kind, apiVersion, namespace: name, name: metadata.name }));
  });
  for (const object of inside) remove(cluster, object);
  const left = inside.some((object) => store.get(object.kind, name, object.name) !== undefined);
  const finalizers = (namespace.metadata.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes');
  if (!left) setFinalizers(cluster, namespace, finalizers);
}
