import { setTimeout as sleep } from 'node:timers/promises';
import { kubeletPort } from './fixed-points.ts';
import { ApiError, type KubeApi } from './kube-api.ts';
import type { LabNode } from './lab-node.ts';

const heartbeatMs = 5_000;

/** Kubelet's --register-with-taints. */
export interface NodeTaint {
  readonly key: string;
  readonly effect: string;
}

/** The node as a kubelet registers it: Ready from the start. */
function nodeObject(node: LabNode, taints: readonly NodeTaint[]): unknown {
  const now = new Date().toISOString();
  const condition = (type: string, status: string, reason: string) => ({
    ...{ type, status, reason, message: 'played by the lab', lastHeartbeatTime: now, lastTransitionTime: now },
  });
  const room = { cpu: '64', memory: '256Gi', pods: '253', 'ephemeral-storage': '100Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: {
        'kubernetes.io/hostname': node.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': process.arch === 'x64' ? 'amd64' : process.arch,
        'topology.kubernetes.io/zone': `zone-${((node.index - 1) % 3) + 1}`,
      },
    },
    spec: { podCIDR: node.podRanges[0], podCIDRs: node.podRanges, taints },
    status: {
      addresses: [
        ...node.addresses.map((address) => ({ type: 'InternalIP', address })),
        { type: 'Hostname', address: node.name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      capacity: room,
      allocatable: room,
      conditions: [
        condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory'),
        condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure'),
        condition('PIDPressure', 'False', 'KubeletHasSufficientPID'),
        condition('Ready', 'True', 'KubeletReady'),
      ],
    },
  };
}

/** Creates the Node object. */
export async function registerNode(api: KubeApi, node: LabNode, taints: readonly NodeTaint[] = []): Promise<void> {
  await api.request({ method: 'POST', path: '/api/v1/nodes', body: nodeObject(node, taints) });
}

/** Renews the node's Lease until the signal, and says as kubelets do that it is Ready where its Node does not; a crashed node is silent. */
export async function sendHeartbeats(
  api: KubeApi,
  node: LabNode,
  { isCrashed, signal }: { readonly isCrashed: () => boolean; readonly signal: AbortSignal },
): Promise<void> {
  let wasCrashed = false;
  while (!signal.aborted) {
    if (isCrashed()) wasCrashed = true;
    else {
      try {
        await renewLease(api, node);
        if (wasCrashed || !(await isReady(api, node))) await reportReady(api, node);
        wasCrashed = false;
      } catch {
        // The API server is away: the next round tells it.
      }
    }
    await sleep(wasCrashed ? 200 : heartbeatMs);
  }
}

const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

async function renewLease(api: KubeApi, node: LabNode): Promise<void> {
  const spec = {
    holderIdentity: node.name,
    leaseDurationSeconds: 40,
    renewTime: new Date().toISOString().replace('Z', '000Z'), // MicroTime: six digits
  };
  try {
    await api.request({
      ...{ method: 'PATCH', path: `${leases}/${node.name}`, contentType: 'application/merge-patch+json' },
      body: { spec },
    });
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    await api.request({ method: 'POST', path: leases, body: { metadata: { name: node.name }, spec } });
  }
}

async function isReady(api: KubeApi, { name }: LabNode): Promise<boolean> {
  const { status } = await api.request<NodeObject>({ path: `/api/v1/nodes/${name}` });
  return status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
}

interface NodeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function reportReady(api: KubeApi, node: LabNode): Promise<void> {
  const now = new Date().toISOString();
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  await api.request({
    method: 'PATCH',
    path: `/api/v1/nodes/${node.name}/status`,
    contentType: 'application/strategic-merge-patch+json',
    body: { status: { conditions: [ready] } },
  });
}

interface NodeList {
  readonly items: readonly { readonly spec: { readonly taints?: readonly { readonly key: string }[] } }[];
}

/** Waits until the node lifecycle controller has taken the taint of new nodes away: before, all Pods would go to the first one. */
export async function waitForNodes(api: KubeApi): Promise<void> {
  const end = performance.now() + 60_000;
  while (performance.now() < end) {
    const { items } = await api.request<NodeList>({ path: '/api/v1/nodes' });
    if (items.every(({ spec }) => (spec.taints ?? []).length === 0)) return;
    await sleep(50);
  }
  throw new Error(
    'the nodes did not become Ready within 60 s: see kubectl describe nodes, lab logs kube-controller-manager',
  );
}
