import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { resources } from '../../../src/api/resources.ts';
import { applyObject, createObject, type ObjectToWrite } from '../../../src/kube/apply.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { ResourceRef } from '../../../src/kube/resource.ts';
import { type ApiServer, startApiServer } from '../../support/api-server.ts';
import { loadTestClient } from '../../support/kube-client.ts';
import { applyManifest, installController, type Manifest } from '../../support/live-controller.ts';
import { type ClusterSize, largeCluster } from '../large-cluster.ts';

/** A cluster without controllers and kubelets, in which everything stands but Sallyport's own decisions. */
export interface HollowWorld extends AsyncDisposable {
  readonly server: ApiServer;
  readonly admin: KubeClient;
  readonly nodes: readonly HollowAddress[];
}

export interface HollowAddress {
  readonly name: string;
  readonly address: string;
}

const root = join(import.meta.dirname, '..', '..', '..');
const namespace = 'sallyport-system';
/** Requests under way at a time, as a busy cluster's own controllers have. */
const atATime = 32;

/** A real API server with Sallyport's installation and a cluster of this size: Nodes, namespaces, Gateways, routes; no Pods yet. */
export async function startHollowWorld(size: ClusterSize, say: (text: string) => void): Promise<HollowWorld> {
  // No controller makes ServiceAccounts here.
  const server = await startApiServer({ flags: { 'disable-admission-plugins': 'ServiceAccount' } });
  const admin = await loadTestClient(server);
  await installController(server, admin);
  for (const name of ['agent', 'admission']) {
    const text = await readFile(join(root, `config/rbac/${name}.yaml`), 'utf8');
    for (const document of parseAllDocuments(text)) await applyManifest(admin, document.toJS() as Manifest);
  }
  const cluster = largeCluster(size);
  const nodes = cluster.nodes.map(({ metadata, status }) => ({
    name: metadata.name,
    address: status?.addresses?.[0]?.address ?? '',
  }));
  await inParallel(cluster.nodes, async ({ metadata: { name, labels } }, index) => {
    await create(admin, resources.nodes, { metadata: { name, labels }, spec: { podCIDR: podRange(index) } });
    await setReady(admin, name, nodes[index]?.address ?? '', true);
  });
  const all = [
    [resources.namespaces, cluster.namespaces],
    [resources.egressClasses, cluster.egressClasses],
    [resources.gatewayClasses, cluster.gatewayClasses],
    [resources.egressAddressPools, cluster.pools],
    [resources.gateways, cluster.gateways],
    [resources.clusterEgressRoutes, cluster.clusterRoutes],
    [resources.egressRoutes, cluster.routes],
  ] as const;
  for (const [resource, objects] of all) {
    await inParallel<Fields>(objects, (object) => create(admin, resource, object));
    say(`${objects.length} of ${resource.kind}`);
  }
  return {
    ...{ server, admin, nodes },
    [Symbol.asyncDispose]: async () => {
      await admin[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The token of a node's agent, bound to its Node, as a kubelet asks for it for the agent's Pod. */
export async function agentToken(server: ApiServer, node: string): Promise<string> {
  const { body: found } = await server.client.request(`/api/v1/nodes/${node}`);
  const { uid } = (found as { readonly metadata: { readonly uid: string } }).metadata;
  const boundObjectRef = { kind: 'Node', apiVersion: 'v1', name: node, uid };
  return await requestToken(server, 'sallyport-agent', { boundObjectRef });
}

/** A token of a ServiceAccount of Sallyport's. */
export async function requestToken(server: ApiServer, account: string, more: object = {}): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const spec = { expirationSeconds: 6 * 3_600, ...more };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const answer = await server.client.request(path, { method: 'POST', body });
  if (answer.status >= 300) throw new Error(`no token for ${account}: ${JSON.stringify(answer.body)}`);
  return (answer.body as { readonly status: { readonly token: string } }).status.token;
}

/** Says of a Node what a kubelet, or the controller that misses it, would. */
export async function setReady(admin: KubeClient, name: string, address: string, isReady: boolean): Promise<void> {
  const status = {
    addresses: [{ type: 'InternalIP', address }],
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'Unknown', reason: 'Bench', message: '' }],
  };
  const options = { fieldManager: 'bench', force: true, subresource: 'status' };
  await applyObject(admin, resources.nodes, { metadata: { name }, ...{ status } }, options);
}

/** Creates a Pod on its node and says that it runs there, as its kubelet would. */
export async function runPod(
  admin: KubeClient,
  index: number,
  { nodes, gateways, routes }: ClusterSize,
): Promise<void> {
  const node = index % nodes;
  const team = index % gateways;
  const app = Math.floor(index / nodes) % Math.max(1, Math.floor(routes / gateways));
  const name = { namespace: `team-${team}`, name: `pod-${index}` };
  const ip = podAddress(node, Math.floor(index / nodes));
  await create(admin, resources.pods, {
    metadata: { ...name, labels: { app: `app-${app}` } },
    spec: { nodeName: `node-${node}`, containers: [{ name: 'app', image: 'app' }], terminationGracePeriodSeconds: 0 },
  });
  const conditions = ['Ready', 'ContainersReady', 'Initialized', 'PodScheduled'].map((type) => ({
    ...{ type, status: 'True', lastTransitionTime: new Date().toISOString() },
  }));
  const status = { phase: 'Running', podIP: ip, podIPs: [{ ip }], hostIP: '10.0.0.1', conditions };
  await admin.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${name.namespace}/pods/${name.name}/status`,
    contentType: 'application/merge-patch+json',
    body: { status },
  });
}

/** As `Promise.all`, with so many under way at a time. */
export async function inParallel<T>(
  items: Iterable<T>,
  work: (item: T, index: number) => Promise<void>,
  most = atATime,
): Promise<void> {
  const queue = [...items].entries();
  const drain = async () => {
    for (const [index, item] of queue) await work(item, index);
  };
  await Promise.all(Array.from({ length: most }, drain));
}

type Fields = ObjectToWrite & {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> | undefined };
  readonly spec?: unknown;
};

// As users wrote it, without what the server adds.
async function create(
  client: KubeClient,
  resource: ResourceRef,
  { metadata, ...fields }: Fields & object,
): Promise<void> {
  const { name, namespace, labels } = metadata;
  const { status: _, ...written } = fields as { readonly status?: unknown };
  await createObject(client, resource, { ...written, metadata: { name, namespace, ...{ labels } } });
}

function podRange(node: number): string {
  return `10.${64 + (node >> 8)}.${node & 255}.0/24`;
}

function podAddress(node: number, index: number): string {
  return `10.${64 + (node >> 8)}.${node & 255}.${2 + index}`;
}
