import type { Pod } from '../api/pod.ts';
import type { Holder, SandboxAddresses } from '../cri/book.ts';
import { createRpc } from '../cri/rpc.ts';
import { createRuntime } from '../cri/runtime.ts';
import { type SandboxSource, type SandboxWatch, watchSandboxes } from '../cri/watch.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { createJoiner, endedBetween, isOfThisNode, knowsLess, type RuntimeWord } from './join-pods.ts';
import type { AgentMetrics } from './metrics.ts';

export interface PodAddressOptions {
  /** The container runtime's; undefined: addresses come from the API alone. */
  readonly criSocket: string | undefined;
  readonly runner: Runner;
  readonly metrics: AgentMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** The addresses of Pods changed, or where they come from; of those in `ended` a sandbox stopped. */
  onChange(ended: readonly string[]): void;
}

export interface PodAddresses {
  /** The Pods of the API with the addresses that they have now (`createJoiner`). */
  of(pods: readonly Pod[]): readonly Pod[];
  /** Whose each address is, as `of` has it now: empty while the runtime is not current, or not the kubelet's. */
  holders(): ReadonlyMap<string, Holder>;
  /** Whether the runtime was known, and its word is no longer current: then the API's counts. */
  isLost(): boolean;
  /** As `SandboxWatch`. */
  confirm(ids: readonly string[]): Promise<void>;
  /** False at the start, until the runtime has told its sandboxes or has failed to three times. */
  isSettled(): boolean;
  /** Resolves after abort. */
  readonly done: Promise<void>;
}

/** Follows the container runtime's sandboxes until the signal aborts: it knows of an address before, and of its end long before, the API does. */
export function followPodAddresses(options: PodAddressOptions): PodAddresses {
  const { criSocket: path, clock, signal } = options;
  showSource(options.metrics, 'never');
  if (path === undefined) return fromApiAlone;
  const join = createJoiner();
  let shown: SandboxAddresses = new Map();
  const links = createLinkWatch(options, () => watch.linkChanged());
  const watch: SandboxWatch = watchSandboxes({
    connect: (connection) => createRuntime(createRpc({ path, clock, signal: connection })),
    random: Math.random,
    ...{ clock, signal },
    onChange: () => {
      const before = shown;
      shown = watch.addresses();
      options.onChange(endedBetween(before, shown));
    },
    onSource: (source, words) => {
      showSource(options.metrics, source);
      tellSource(options.log, source, { socket: path, runtime: words });
      links.turn(source === 'listing');
    },
  });
  let compared: readonly Pod[] | undefined;
  let isKubelets = false;
  let isDoubted = false;
  // A second runtime of the node, which the kubelet does not use, would take every Pod's address away.
  const isTrusted = (word: RuntimeWord, pods: readonly Pod[]): boolean => {
    isKubelets ||= isOfThisNode(word, pods);
    if (!isKubelets && !isDoubted && pods.length > 0) {
      isDoubted = true;
      options.log.warn({ socket: path }, "the container runtime has none of this node's Pods: is it the kubelet's?");
    }
    return isKubelets;
  };
  return {
    isSettled: watch.isSettled,
    holders: () => (isKubelets ? watch.holders() : new Map()),
    isLost: () => watch.source() === 'lost',
    confirm: watch.confirm,
    of: (pods) => {
      const source = watch.source();
      if (source === 'never') return pods;
      const word = { addresses: watch.addresses(), isCurrent: source !== 'lost' };
      if (!isTrusted(word, pods)) return pods;
      // Once for each change of the Pods: one that ends has its address in its status long after its sandbox is gone.
      if (pods !== compared && knowsLess(word, pods)) watch.look();
      compared = pods;
      return join(pods, word);
    },
    done: watch.done.finally(() => links.turn(false)),
  };
}

const fromApiAlone: PodAddresses = {
  of: (pods) => pods,
  holders: () => new Map(),
  isLost: () => false,
  confirm: () => Promise.resolve(),
  isSettled: () => true,
  done: Promise.resolve(),
};

/** Calls for every link that comes or goes (`ip monitor`), while it is turned on: the sign of a runtime that sends no events. */
function createLinkWatch({ runner, clock }: PodAddressOptions, onLink: () => void) {
  let running: AbortController | undefined;
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await runner.lines('ip', ['monitor', 'link'], { signal, onLine: onLink }).catch(() => {});
      onLink();
      await clock.sleep(1_000, signal).catch(() => {});
    }
  };
  return {
    turn: (on: boolean) => {
      if (on === (running !== undefined)) return;
      running?.abort();
      running = on ? new AbortController() : undefined;
      if (running !== undefined) void run(running.signal);
    },
  };
}

function showSource(metrics: AgentMetrics, source: SandboxSource): void {
  const isApi = source === 'never' || source === 'lost';
  for (const name of ['events', 'listing'] as const)
    metrics.addressSource.set({ source: name }, source === name ? 1 : 0);
  metrics.addressSource.set({ source: 'api' }, isApi ? 1 : 0);
}

function tellSource(
  log: Logger,
  source: SandboxSource,
  words: { readonly socket: string; readonly runtime: string },
): void {
  if (source === 'events' || source === 'listing')
    log.info({ ...words, source }, 'Pod addresses come from the container runtime');
  else log.warn({ ...words }, 'no container runtime: Pod addresses come from the API, later than they are in use');
}
