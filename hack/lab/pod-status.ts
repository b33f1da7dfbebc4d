import type { LabNode } from './lab-node.ts';
import type { Pod, PodContainer } from './pod.ts';

/** What is known of one container. */
export interface ContainerState {
  readonly kind: 'waiting' | 'running' | 'ended';
  readonly ready: boolean;
  readonly restarts: number;
  /** Reason while waiting, and the exit status when it ended. */
  readonly reason?: string;
  readonly exitCode?: number;
  readonly since: string;
}

export interface PodState {
  readonly addresses: readonly string[];
  readonly containers: ReadonlyMap<string, ContainerState>;
  readonly initialized: boolean;
  readonly startTime: string;
  /** Why the pod has no sandbox. */
  readonly failure?: string;
}

/** The status that a kubelet would report of the pod (API conventions of PodStatus v1). */
export function podStatus(pod: Pod, node: LabNode, state: PodState): unknown {
  const states = [...state.containers.values()];
  const ready = state.addresses.length > 0 && states.every((container) => container.ready);
  return {
    phase: phase(pod, states, state),
    ...(state.failure === undefined ? {} : { reason: 'FailedCreatePodSandBox', message: state.failure }),
    hostIP: node.addresses[0],
    hostIPs: node.addresses.map((ip) => ({ ip })),
    ...(state.addresses.length === 0
      ? {}
      : { podIP: state.addresses[0], podIPs: state.addresses.map((ip) => ({ ip })) }),
    startTime: state.startTime,
    conditions: [
      condition('PodReadyToStartContainers', state.addresses.length > 0),
      condition('Initialized', state.initialized),
      condition('ContainersReady', ready),
      condition('Ready', ready),
    ],
    containerStatuses: pod.spec.containers.map((container) => containerStatus(pod, container, state)),
  };
}

function condition(type: string, value: boolean): unknown {
  return { type, status: value ? 'True' : 'False', lastTransitionTime: new Date().toISOString() };
}

function phase(pod: Pod, states: readonly ContainerState[], { addresses }: PodState): string {
  if (addresses.length === 0 || states.some(({ kind, restarts }) => kind === 'waiting' && restarts === 0))
    return 'Pending';
  if (pod.spec.restartPolicy === 'Always' || states.some(({ kind }) => kind !== 'ended')) return 'Running';
  return states.every(({ exitCode }) => exitCode === 0) ? 'Succeeded' : 'Failed';
}

function containerStatus(pod: Pod, container: PodContainer, { containers, startTime }: PodState): unknown {
  const state = containers.get(container.name) ?? { kind: 'waiting', ready: false, restarts: 0, since: startTime };
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    containerID: `lab://${pod.metadata.uid}/${container.name}`,
    ready: state.ready,
    started: state.kind === 'running',
    restartCount: state.restarts,
    state: describe(state),
  };
}

function describe(state: ContainerState): unknown {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason ?? 'ContainerCreating' } };
    case 'running':
      return { running: { startedAt: state.since } };
    case 'ended':
      return {
        terminated: {
          exitCode: state.exitCode ?? 0,
          reason: state.exitCode === 0 ? 'Completed' : 'Error',
          finishedAt: state.since,
        },
      };
  }
}
