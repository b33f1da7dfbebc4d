import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, type KubeApi } from './kube-api.ts';
import type { LabNode } from './lab-node.ts';
import { type Pod, podPath } from './pod.ts';
import { type ContainerState, type PodState, podStatus } from './pod-status.ts';

/** Keeps a Pod's status at the API server equal to what is known here. */
export interface PodReporter {
  readonly setAddresses: (addresses: readonly string[]) => void;
  readonly setInitialized: () => void;
  readonly setContainer: (
    name: string,
    state: Omit<ContainerState, 'since' | 'restarts'> & { readonly restarts?: number },
  ) => void;
  readonly fail: (message: string) => void;
}

export interface ReporterOptions {
  readonly pod: Pod;
  readonly node: LabNode;
  readonly isCrashed: () => boolean;
  readonly signal: AbortSignal;
}

export function reportPod(api: KubeApi, { pod, node, isCrashed, signal }: ReporterOptions): PodReporter {
  const startTime = new Date().toISOString();
  let state: PodState = { addresses: [], containers: new Map(), initialized: false, startTime };
  let dirty = false;
  let writing = false;
  const write = async () => {
    writing = true;
    while (dirty && !signal.aborted) {
      dirty = false;
      if (!isCrashed() && (await patchStatus(api, pod, podStatus(pod, node, state)))) continue;
      dirty = true;
      await sleep(200);
    }
    writing = false;
  };
  const set = (change: Partial<PodState>) => {
    state = { ...state, ...change };
    dirty = true;
    // After this turn: several changes of one moment are one write.
    if (!writing) queueMicrotask(() => (writing ? undefined : void write()));
  };
  return {
    setAddresses: (addresses) => set({ addresses }),
    setInitialized: () => set({ initialized: true }),
    setContainer: (name, { restarts = 0, ...rest }) => {
      const since = new Date().toISOString();
      set({ containers: new Map(state.containers).set(name, { ...rest, restarts, since }) });
    },
    fail: (failure) => set({ failure }),
  };
}

/** False when it has to be tried again; a Pod that is gone needs no status. */
async function patchStatus(api: KubeApi, pod: Pod, status: unknown): Promise<boolean> {
  try {
    await api.request({
      method: 'PATCH',
      path: podPath(pod, '/status'),
      contentType: 'application/strategic-merge-patch+json',
      body: { metadata: { uid: pod.metadata.uid }, status },
    });
    return true;
  } catch (error) {
    return error instanceof ApiError && (error.status === 404 || error.status === 409 || error.status === 422);
  }
}
