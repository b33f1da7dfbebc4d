import type { ContainerFiles, EnteredCommand } from './container.ts';
import { type CriMode, type CriServer, serveCri } from './cri-server.ts';
import { follow } from './follow.ts';
import { ApiError, type KubeApi } from './kube-api.ts';
import { type ExecRequest, serveKubelets } from './kubelet-server.ts';
import type { LabNode } from './lab-node.ts';
import { type NodeTaint, registerNode, sendHeartbeats } from './node-objects.ts';
import type { CniName } from './options.ts';
import { criSocketPath } from './paths.ts';
import { type Pod, podPath } from './pod.ts';
import { type PodWorker, startPod } from './pod-worker.ts';
import { type PodAddresses, podAddresses, podNetns } from './sandbox.ts';

export interface KubeletContext {
  readonly api: KubeApi;
  readonly cni: CniName;
  readonly cri: CriMode;
  /** Variables for every container. */
  readonly env: Readonly<Record<string, string>>;
  /** What the image of this name stands for. */
  readonly filesOf: (image: string) => ContainerFiles;
  /** How many of the nodes, the last, join when they are told to. */
  readonly joinLater: number;
}

/** A node as the kubelet sees it; `crashed` is set by a fault: the node then neither speaks nor listens. */
export interface KubeletNode {
  readonly node: LabNode;
  readonly addresses: PodAddresses;
  /** Its container runtime; absent with `--cri off`. */
  readonly cri?: CriServer;
  crashed: boolean;
}

export interface Kubelet {
  /** Registers a node that is no part of the cluster yet. */
  readonly join: (node: string) => Promise<void>;
  readonly setCrashed: (node: string, crashed: boolean) => void;
  /** The network namespaces of the node's Pods, those that use its own left out. */
  readonly podNamespaces: (node: string) => readonly string[];
}

interface TrackedPod {
  /** "namespace/name" */
  readonly key: string;
  readonly worker: PodWorker;
  readonly node: KubeletNode;
  stopping: boolean;
}

/** Plays the kubelets of all nodes: registers them, keeps them alive, runs the Pods bound to them. */
export async function startKubelet(
  context: KubeletContext,
  nodes: readonly LabNode[],
  signal: AbortSignal,
): Promise<Kubelet> {
  const entries = nodes.map(async (node): Promise<[string, KubeletNode]> => {
    const cri =
      context.cri === 'off' ? {} : { cri: await serveCri({ path: criSocketPath(node.name), mode: context.cri }) };
    return [node.name, { node, addresses: podAddresses(node.name), crashed: false, ...cri }];
  });
  const byName = new Map<string, KubeletNode>(await Promise.all(entries));
  const registered = new Set<string>();
  const register = async (entry: KubeletNode, taints: readonly NodeTaint[] = []) => {
    registered.add(entry.node.name);
    await registerNode(context.api, entry.node, taints);
    void sendHeartbeats(context.api, entry.node, { isCrashed: () => entry.crashed, signal });
  };
  await Promise.all([...byName.values()].slice(0, nodes.length - context.joinLater).map((entry) => register(entry)));
  const pods = createPodTable(context, byName);
  await serveKubelets(pods.enter);
  const handlers = { onList: pods.replace, onChange: pods.update, onDelete: pods.forget };
  void follow<Pod>(context.api, '/api/v1/pods', { handlers, signal });
  return {
    join: async (name) => {
      const entry = byName.get(name);
      if (entry === undefined || registered.has(name)) throw new Error(`${name} is no node that joins later`);
      await register(entry, [{ key: 'sallyport.dev/agent-not-ready', effect: 'NoSchedule' }]);
    },
    setCrashed: (name, crashed) => {
      const entry = byName.get(name);
      if (entry === undefined) throw new Error(`there is no node ${name}`);
      entry.crashed = crashed;
      if (!crashed) void pods.resync();
    },
    podNamespaces: pods.namespaces,
  };
}

interface PodTable {
  readonly replace: (pods: readonly Pod[]) => void;
  readonly update: (pod: Pod) => void;
  readonly forget: (pod: Pod) => void;
  readonly resync: () => Promise<void>;
  readonly namespaces: (node: string) => readonly string[];
  /** See `RunningContainer.enter`; undefined also for what runs on a crashed node. */
  readonly enter: (request: ExecRequest) => Promise<EnteredCommand | undefined>;
}

function createPodTable(context: KubeletContext, nodes: ReadonlyMap<string, KubeletNode>): PodTable {
  const tracked = new Map<string, TrackedPod>();
  const update = (pod: Pod) => {
    const node = nodes.get(pod.spec.nodeName ?? '');
    if (node === undefined || node.crashed) return;
    const { uid, deletionTimestamp } = pod.metadata;
    const known = tracked.get(uid);
    if (deletionTimestamp !== undefined) {
      const grace = pod.metadata.deletionGracePeriodSeconds ?? 30;
      if (known !== undefined) void stop(uid, known, grace).then(() => confirmDeletion(context.api, pod, node));
      else void confirmDeletion(context.api, pod, node);
      return;
    }
    if (known !== undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    tracked.set(uid, { key, worker: startPod(context, node, pod), node, stopping: false });
  };
  const stop = async (uid: string, pod: TrackedPod, grace: number) => {
    pod.stopping = true;
    await pod.worker.stop(grace).catch((error: Error) => process.stderr.write(`lab: pod ${uid}: ${error.message}\n`));
    tracked.delete(uid);
  };
  const forget = ({ metadata: { uid } }: Pod) => {
    const known = tracked.get(uid);
    if (known !== undefined && !known.node.crashed) void stop(uid, known, 0);
  };
  const replace = (pods: readonly Pod[]) => {
    const present = new Set(pods.map(({ metadata }) => metadata.uid));
    for (const [uid, known] of tracked) {
      if (!present.has(uid) && !known.stopping && !known.node.crashed) void stop(uid, known, 0);
    }
    for (const pod of pods) update(pod);
  };
  return {
    ...{ replace, update, forget },
    namespaces: (name) => [...tracked].filter(([, { node }]) => node.node.name === name).map(([uid]) => podNetns(uid)),
    enter: async ({ namespace, pod, container, command }) => {
      const known = [...tracked.values()].find(({ key, stopping }) => key === `${namespace}/${pod}` && !stopping);
      return known?.node.crashed === false ? await known.worker.enter(container, command) : undefined;
    },
    // A node that is back hears of everything it missed.
    resync: async () =>
      replace((await context.api.request<{ readonly items: readonly Pod[] }>({ path: '/api/v1/pods' })).items),
  };
}

/** Removes the object once nothing of the pod is left, as a kubelet does; a new Pod of the same name is not touched. */
async function confirmDeletion(api: KubeApi, pod: Pod, node: KubeletNode): Promise<void> {
  const body = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid } };
  for (let attempt = 0; attempt < 300 && !node.crashed; attempt++) {
    try {
      await api.request({ method: 'DELETE', path: podPath(pod), body });
      return;
    } catch (error) {
      if (error instanceof ApiError && error.status < 500) return; // gone, or another Pod
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}
