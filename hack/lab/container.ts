import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { capabilitiesOf } from './capabilities.ts';
import { type ContainerPlace, containerEnv, expandVariables } from './container-env.ts';
import type { ContainerMount } from './container-mounts.ts';
import { containerLogPath, containersDir } from './paths.ts';
import type { PodContainer } from './pod.ts';
import { startProcess, waitForEnd } from './processes.ts';
import { inNetns } from './tools.ts';

export interface RunningContainer {
  /** Resolves with the exit status; 128 + number for a signal. */
  readonly ended: Promise<number>;
  /** SIGTERM to its first process, SIGKILL to all of them when the grace is over. */
  readonly stop: (graceSeconds: number) => Promise<void>;
  /** What runs a command beside its first process, with the same namespaces, capabilities and variables; undefined when it has none yet. */
  readonly enter: (command: readonly string[]) => Promise<EnteredCommand | undefined>;
}

/** A command that enters a container. */
export interface EnteredCommand {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface ContainerOptions {
  readonly place: ContainerPlace;
  /** The node's or the pod's. */
  readonly netns: string;
  readonly mounts: readonly ContainerMount[];
  readonly files: ContainerFiles;
}

/** What an image stands for. */
export interface ContainerFiles {
  /** The folder that is its root file system: `/`, or an image's. */
  readonly root: string;
  /** The folder with Sallyport's bundle, where the root is `/`. */
  readonly bundle: string;
}

const script = join(import.meta.dirname, 'container.sh');

/**
 * Starts a container of a Sallyport image: network namespace of its node or pod, mount and PID namespaces of its own (so that
 * all its processes end with the first one), and the capabilities that its securityContext gives it.
 */
export function startContainer(container: PodContainer, options: ContainerOptions): RunningContainer {
  const { place, netns, mounts, files } = options;
  const { uid, namespace = '', name } = place.pod.metadata;
  const env = containerEnv(container, place);
  const command = [...(container.command ?? ['sallyport']), ...(container.args ?? [])].map((word) =>
    expandVariables(word, env),
  );
  const fresh = `${containersDir}/${uid}/${container.name}.run`;
  const child = startProcess(
    inNetns(netns, [
      ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private', '--', script],
      ...[fresh, files.root, files.bundle, capabilitiesOf(container)],
      ...mounts.flatMap(({ source, target }) => [source, target]),
      ...['--', ...command],
    ]),
    { log: containerLogPath(namespace, name, container.name), env },
  );
  const ended = waitForEnd(child).then(() => child.exitCode ?? 137);
  return {
    ended,
    enter: async (inside) => {
      const [first] = child.pid === undefined ? [] : await childrenOf(child.pid);
      if (first === undefined) return undefined;
      const limits = capabilityLimits(capabilitiesOf(container));
      // As in container.sh: an image need not have a setpriv.
      const tools = '/run/lab/tools';
      const setpriv =
        files.root === '/' ? ['setpriv'] : [`${tools}/loader`, '--library-path', tools, `${tools}/setpriv`];
      const path = files.root === '/' ? {} : { PATH: imagePath };
      return {
        command: [
          ...['nsenter', '--target', `${first}`, '--mount', '--net', '--pid', '--root', '--wd=/', '--'],
          ...(limits.length === 0 ? [] : [...setpriv, ...limits, '--']),
          ...inside,
        ],
        env: { ...env, ...path },
      };
    },
    stop: async (graceSeconds) => {
      if (child.pid === undefined) return;
      // unshare waits for the container's first process and blocks SIGTERM itself. Without grace nobody is asked, as CRI has it.
      for (const pid of graceSeconds > 0 ? await childrenOf(child.pid) : []) signalProcess(pid, 'SIGTERM');
      const graceful = new AbortController();
      const timer = sleep(graceSeconds * 1000, undefined, { signal: graceful.signal }).catch(() => {}); // ended in time
      await Promise.race([ended, timer]);
      graceful.abort();
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const imagePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The capabilities as arguments of setpriv(1); none where there is no limit. */
function capabilityLimits(capabilities: string): readonly string[] {
  if (capabilities === 'all') return [];
  const kept = capabilities === 'none' ? '' : `,+${capabilities.replaceAll(',', ',+')}`;
  return [`--bounding-set=-all${kept}`, '--inh-caps=-all'];
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  try {
    const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text.trim().split(' ').filter(Boolean).map(Number);
  } catch {
    return []; // it has ended
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
