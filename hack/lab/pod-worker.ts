import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EnteredCommand, type RunningContainer, startContainer } from './container.ts';
import { type ContainerMount, prepareMounts } from './container-mounts.ts';
import type { KubeletContext, KubeletNode } from './kubelet.ts';
import { containersDir, podLinkPath } from './paths.ts';
import { isSallyportImage, type Pod, type PodContainer } from './pod.ts';
import { type PodReporter, reportPod } from './pod-reporter.ts';
import { watchLiveness, watchReadiness } from './probes.ts';
import { createSandbox, linkPod } from './sandbox.ts';

/** One pod on its node: runs until it is told to stop. */
export interface PodWorker {
  /** Ends containers and sandbox; a second call can only shorten the grace. */
  readonly stop: (graceSeconds: number) => Promise<void>;
  /** See `RunningContainer.enter`; undefined when no such container runs. */
  readonly enter: (container: string, command: readonly string[]) => Promise<EnteredCommand | undefined>;
}

interface PodPlace {
  readonly netns: string;
  readonly addresses: readonly string[];
  readonly remove: () => Promise<void>;
}

/** Makes the pod's sandbox, runs what there is to run in it and reports its status. */
export function startPod(context: KubeletContext, node: KubeletNode, pod: Pod): PodWorker {
  const stopping = new AbortController();
  const reporter = reportPod(context.api, {
    pod,
    node: node.node,
    isCrashed: () => node.crashed,
    signal: stopping.signal,
  });
  const running = new Map<RunningContainer, string>();
  const place = makePlace(context, node, pod);
  const work = place.then(
    (made) => {
      reporter.setAddresses(made.addresses);
      return runContainers({ context, node, pod, place: made, reporter, running, signal: stopping.signal });
    },
    (error: Error) => reporter.fail(error.message),
  );
  let ended: Promise<void> | undefined;
  return {
    enter: async (name, command) => {
      const [found] = [...running].find(([, each]) => each === name) ?? [];
      return await found?.enter(command);
    },
    stop: (graceSeconds) => {
      stopping.abort();
      const stopAll = () => Promise.all([...running.keys()].map((container) => container.stop(graceSeconds)));
      if (ended !== undefined) return stopAll().then(() => ended);
      ended = (async () => {
        const made = await place.catch(() => undefined); // no sandbox, nothing to remove
        await stopAll();
        await work;
        await stopAll(); // one that was starting meanwhile
        await made?.remove();
        await rm(`${containersDir}/${pod.metadata.uid}`, { recursive: true, force: true });
      })();
      return ended;
    },
  };
}

async function makePlace(context: KubeletContext, node: KubeletNode, pod: Pod): Promise<PodPlace> {
  const { namespace = '', name, uid } = pod.metadata;
  if (pod.spec.hostNetwork) {
    const link = podLinkPath(namespace, name);
    await linkPod(link, node.node.name);
    const id = node.cri?.add({ uid, namespace, name, addresses: [] });
    return {
      netns: node.node.name,
      addresses: node.node.addresses,
      remove: async () => {
        if (id !== undefined) node.cri?.remove(id);
        await rm(link, { force: true });
      },
    };
  }
  const sandbox = await createSandbox(context.cni, node, { uid, namespace, name });
  return { netns: sandbox.netns, addresses: sandbox.addresses, remove: sandbox.remove };
}

interface PodRun {
  readonly context: KubeletContext;
  readonly node: KubeletNode;
  readonly pod: Pod;
  readonly place: PodPlace;
  readonly reporter: PodReporter;
  /** With their names. */
  readonly running: Map<RunningContainer, string>;
  readonly signal: AbortSignal;
}

async function runContainers(run: PodRun): Promise<void> {
  for (const container of run.pod.spec.initContainers ?? []) {
    if (!isSallyportImage(container.image)) continue;
    while (!run.signal.aborted && (await runOnce(run, container)) !== 0) await sleep(1000);
  }
  run.reporter.setInitialized();
  await Promise.all(
    run.pod.spec.containers.map((container) =>
      isSallyportImage(container.image)
        ? keepRunning(run, container)
        : run.reporter.setContainer(container.name, { kind: 'running', ready: true }),
    ),
  );
}

/** Runs a container again and again as restartPolicy says; the pause doubles from 1 s to 10 s and starts over after 30 s of life. */
async function keepRunning(run: PodRun, container: PodContainer): Promise<void> {
  const policy = run.pod.spec.restartPolicy ?? 'Always';
  let pauseMs = 500;
  for (let restarts = 0; !run.signal.aborted; restarts++) {
    const started = performance.now();
    const exitCode = await runOnce(run, container, restarts);
    if (run.signal.aborted) return;
    if (policy === 'Never' || (policy === 'OnFailure' && exitCode === 0))
      return run.reporter.setContainer(container.name, { kind: 'ended', ready: false, restarts, exitCode });
    pauseMs = performance.now() - started > 30_000 ? 1000 : Math.min(pauseMs * 2, 10_000);
    run.reporter.setContainer(container.name, {
      kind: 'waiting',
      ready: false,
      restarts: restarts + 1,
      reason: 'CrashLoopBackOff',
    });
    await sleep(pauseMs, undefined, { signal: run.signal }).catch(() => {}); // told to stop
  }
}

async function runOnce(run: PodRun, container: PodContainer, restarts = 0): Promise<number> {
  const { context, node, pod, place, reporter, signal } = run;
  let mounts: readonly ContainerMount[];
  let child: RunningContainer;
  try {
    mounts = await prepareMounts(container, { api: context.api, pod, node: node.node.name, signal });
    if (signal.aborted) return 0;
    const containerPlace = { node: node.node, pod, addresses: place.addresses, extra: context.env };
    const files = context.filesOf(container.image);
    child = startContainer(container, { place: containerPlace, netns: place.netns, mounts, files });
  } catch (error) {
    process.stderr.write(`lab: ${pod.metadata.namespace}/${pod.metadata.name}: ${(error as Error).message}\n`);
    return 128;
  }
  run.running.set(child, container.name);
  const over = new AbortController();
  const update = (ready: boolean) => reporter.setContainer(container.name, { kind: 'running', ready, restarts });
  update(false);
  const asked = { netns: node.node.name, address: place.addresses[0] ?? '' };
  void watchReadiness(container, asked, { onChange: update, signal: over.signal });
  const onDead = () => {
    process.stderr.write(
      `lab: ${pod.metadata.namespace}/${pod.metadata.name}: ${container.name} is not alive: killed\n`,
    );
    void child.stop(pod.spec.terminationGracePeriodSeconds ?? 30);
  };
  void watchLiveness(container, asked, { onDead, signal: over.signal });
  const exitCode = await child.ended;
  over.abort();
  run.running.delete(child);
  return exitCode;
}
