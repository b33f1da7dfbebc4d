import type { BgpSession } from '../dataplane/bgp/parse-protocols.ts';
import { type GroupFigures, renderFigures } from '../dataplane/replication/figures.ts';
import { createSysctls } from '../dataplane/sysctl/exec.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import {
  type FlowsHeld,
  renderFailoverState,
  type SilentRouter,
  type TakeoverCause,
  type Takeovers,
} from '../dataplane/vrrp/state.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { makeEmptyFolder, makeFolder, makeTemporaryFolder, removeFile } from '../platform/folders.ts';
import type { Logger } from '../telemetry/log.ts';
import { announceRoutes } from './announce-routes.ts';
import { keepalivedProgram } from './daemons.ts';
import { guardAddresses } from './guard-addresses.ts';
import { keepWritten } from './keep-written.ts';
import { replicateFlows } from './replicate-flows.ts';
import { shareAddresses } from './share-addresses.ts';
import { superviseDaemon, watchTogether } from './supervise-daemon.ts';
import { watchNextHops } from './watch-next-hops.ts';
import { watchTakeovers } from './watch-takeovers.ts';

export interface FailoverOptions {
  /** The folder that agent and failover process share. */
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told what is missing until this process does what it is there for; empty: nothing. */
  onHealth?(missing: readonly string[]): void;
}

/** The failover process: keepalived and conntrackd by the agent's files, outliving the agent, until the signal aborts. */
export async function runFailover(options: FailoverOptions): Promise<void> {
  const { runDir } = options;
  const files = failoverFiles(runDir);
  await makeFolder(files.folder);
  // Verdicts of a process before this one say nothing of now, and a next hop that never answered is not dead.
  await makeEmptyFolder(files.verdicts);
  await using state = await makeTemporaryFolder(`${files.folder}/keepalived-`);
  const told = createTeller(keepWritten(files.state, options).write);
  // Whichever fails takes the other with it: the container is started anew.
  const over = new AbortController();
  const shells = { ...options, signal: AbortSignal.any([options.signal, over.signal]) };
  const addresses = shareAddresses(shells);
  const health = createHealth(options.onHealth);
  const parts = [
    superviseDaemon({
      ...shells,
      ...told,
      watcher: watchTogether(
        guardAddresses({ ...shells, addresses, onCorrected: told.onCorrected() }),
        watchTakeovers({ ...shells, addresses, onTakeover: told.onTakeover() }),
      ),
      onPriority: told.onPriority(options.log),
      onWanted: health.onWanted,
      onRunning: (running) => {
        health.onRunning(running);
        return told.onRunning(running);
      },
      program: keepalivedProgram(files.keepalived, state.path),
      configPath: files.keepalived,
    }),
    replicateFlows({
      ...shells,
      ...told,
      addresses,
      onFigures: createFigures(files.figures, options),
      onHeld: told.onHeld(),
      udpStreamSeconds: readUdpStreamSeconds,
    }),
    watchNextHops({ ...shells, ...told }),
    announceRoutes({
      ...{ ...shells, ...told, addresses },
      onSessions: told.onSessions(),
      onTrouble: told.onTrouble(options.log),
    }),
  ];
  await Promise.all(parts).finally(() => {
    over.abort();
    return Promise.allSettled(parts);
  });
}

/** Ready is whoever knows whether keepalived is wanted here, and runs it then. */
function createHealth(onHealth: FailoverOptions['onHealth'] = () => {}) {
  let wanted = false;
  let running = false;
  const tell = () =>
    onHealth(wanted && !running ? ['keepalived, for which there is a configuration, does not run'] : []);
  return {
    onWanted: (now: boolean) => {
      wanted = now;
      // It is about to be started: the next word says whether that helped.
      if (!now) tell();
    },
    onRunning: (now: boolean) => {
      running = now;
      tell();
    },
  };
}

/** Says what the parts know, in one text; the last that is written is the last that was known. */
function createTeller(write: (text: string) => Promise<void>) {
  let running = false;
  const dead = new Set<string>();
  const flows = new Map<number, FlowsHeld>();
  let corrected = 0;
  const takeovers = new Map<string, Takeovers>();
  let isUrgent: boolean | undefined;
  let sessions: readonly BgpSession[] = [];
  let trouble: string | undefined;
  const silent = new Map<string, readonly string[]>();
  let onDead = () => {};
  const tell = () => {
    return write(
      renderFailoverState({
        running,
        dead: [...dead],
        flows,
        corrected,
        takeovers: [...takeovers.values()],
        sessions,
        announces: true,
        silent: [...silent].flatMap(([hop, addresses]): SilentRouter[] =>
          addresses.map((address) => ({ hop, address })),
        ),
        ...(trouble === undefined ? {} : { trouble }),
        ...(isUrgent === undefined ? {} : { isUrgent }),
      }),
    );
  };
  return {
    couldOwn: (hop: string | undefined) => (hop === undefined ? dead.size === 0 : !dead.has(hop)),
    onCouldOwn: (changed: () => void) => {
      onDead = changed;
    },
    onRunning: (now: boolean) => {
      running = now;
      if (!now) isUrgent = undefined;
      return tell();
    },
    onVerdict: (hop: string, isDead: boolean, without: readonly string[] = []) => {
      if (isDead) dead.add(hop);
      else dead.delete(hop);
      if (isDead || without.length === 0) silent.delete(hop);
      else silent.set(hop, without);
      onDead();
      return tell();
    },
    onPriority: (log: Logger) => (isRealTime: boolean) => {
      isUrgent = isRealTime;
      if (isRealTime) log.info({}, 'keepalived has real-time priority');
      else
        log.warn({}, 'keepalived has no real-time priority: adverts may be late under load; permit it (CAP_SYS_NICE)');
      void tell();
    },
    onSessions: () => (now: readonly BgpSession[]) => {
      sessions = now;
      void tell();
    },
    onTrouble: (log: Logger) => (now: string | undefined) => {
      if (now === trouble) return;
      trouble = now;
      if (now !== undefined) log.error({}, now);
      void tell();
    },
    onCorrected: () => () => {
      corrected += 1;
      void tell();
    },
    onTakeover: () => (group: number, cause: TakeoverCause, lastMs: number) => {
      const key = `${group} ${cause}`;
      takeovers.set(key, { group, cause, count: (takeovers.get(key)?.count ?? 0) + 1, lastMs });
      void tell();
    },
    onHeld: () => (group: number, held: FlowsHeld | undefined) => {
      if (flows.get(group) === held) return;
      if (held === undefined) flows.delete(group);
      else flows.set(group, held);
      void tell();
    },
  };
}

/** Writes what is known of all groups' replication whenever it changed. */
function createFigures(path: string, options: FailoverOptions) {
  const known = new Map<number, GroupFigures>();
  let written = renderFigures(known);
  const file = keepWritten(path, options);
  const removed = removeFile(path).catch(() => {});
  return (group: number, figures: GroupFigures | undefined) => {
    if (figures === undefined) known.delete(group);
    else known.set(group, figures);
    const text = renderFigures(known);
    if (text === written) return;
    written = text;
    void removed.then(() => file.write(text));
  };
}

async function readUdpStreamSeconds(): Promise<number | undefined> {
  const value = Number((await createSysctls().read([udpStream])).get(udpStream));
  return value > 0 ? value : undefined;
}

const udpStream = 'net/netfilter/nf_conntrack_udp_timeout_stream';
