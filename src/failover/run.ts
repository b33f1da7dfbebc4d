import type { BgpSession } from '../dataplane/bgp/parse-protocols.ts';
import { type GroupFigures, renderFigures } from '../dataplane/replication/figures.ts';
import { createSysctls } from '../dataplane/sysctl/exec.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import { type FlowsHeld, renderFailoverState, type SilentRouter } from '../dataplane/vrrp/state.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { writeFileAtomic } from '../platform/files.ts';
import { makeEmptyFolder, makeFolder, makeTemporaryFolder, removeFile } from '../platform/folders.ts';
import type { Logger } from '../telemetry/log.ts';
import { announceRoutes } from './announce-routes.ts';
import { keepalivedProgram } from './daemons.ts';
import { guardAddresses } from './guard-addresses.ts';
import { replicateFlows } from './replicate-flows.ts';
import { shareAddresses } from './share-addresses.ts';
import { superviseDaemon } from './supervise-daemon.ts';
import { watchNextHops } from './watch-next-hops.ts';

export interface FailoverOptions {
  /** The folder that agent and failover process share. */
  readonly runDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The failover process: keepalived and conntrackd by the agent's files, outliving the agent, until the signal aborts. */
export async function runFailover(options: FailoverOptions): Promise<void> {
  const { runDir } = options;
  const files = failoverFiles(runDir);
  await makeFolder(files.folder);
  // Verdicts of a process before this one say nothing of now, and a next hop that never answered is not dead.
  await makeEmptyFolder(files.verdicts);
  await using state = await makeTemporaryFolder(`${files.folder}/keepalived-`);
  const told = createTeller((text) => writeFileAtomic(files.state, text));
  // Whichever fails takes the other with it: the container is started anew.
  const over = new AbortController();
  const shells = { ...options, signal: AbortSignal.any([options.signal, over.signal]) };
  const addresses = shareAddresses(shells);
  const parts = [
    superviseDaemon({
      ...shells,
      ...told,
      watcher: guardAddresses({ ...shells, addresses, onCorrected: told.onCorrected(options.log) }),
      onPriority: told.onPriority(options.log),
      program: keepalivedProgram(files.keepalived, state.path),
      configPath: files.keepalived,
    }),
    replicateFlows({
      ...shells,
      ...told,
      addresses,
      onFigures: createFigures(files.figures, options.log),
      onHeld: told.onHeld(options.log),
      udpStreamSeconds: readUdpStreamSeconds,
    }),
    watchNextHops({ ...shells, ...told }),
    announceRoutes({
      ...{ ...shells, ...told, addresses },
      onSessions: told.onSessions(options.log),
      onTrouble: told.onTrouble(options.log),
    }),
  ];
  await Promise.all(parts).finally(() => {
    over.abort();
    return Promise.allSettled(parts);
  });
}

/** Says what the parts know, in one text; the last that is written is the last that was known. */
function createTeller(write: (text: string) => Promise<void>) {
  let running = false;
  const dead = new Set<string>();
  const flows = new Map<number, FlowsHeld>();
  let corrected = 0;
  let isUrgent: boolean | undefined;
  let sessions: readonly BgpSession[] = [];
  let trouble: string | undefined;
  const silent = new Map<string, readonly string[]>();
  let onDead = () => {};
  let writing = Promise.resolve();
  const tell = () => {
    const known = () =>
      renderFailoverState({
        running,
        dead: [...dead],
        flows,
        corrected,
        sessions,
        announces: true,
        silent: [...silent].flatMap(([hop, addresses]): SilentRouter[] =>
          addresses.map((address) => ({ hop, address })),
        ),
        ...(trouble === undefined ? {} : { trouble }),
        ...(isUrgent === undefined ? {} : { isUrgent }),
      });
    writing = writing.catch(() => {}).then(() => write(known()));
    return writing;
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
      tell().catch((error: unknown) => log.warn({ error: String(error) }, 'state not written'));
    },
    onSessions: (log: Logger) => (now: readonly BgpSession[]) => {
      sessions = now;
      tell().catch((error: unknown) => log.warn({ error: String(error) }, 'state not written'));
    },
    onTrouble: (log: Logger) => (now: string | undefined) => {
      if (now === trouble) return;
      trouble = now;
      if (now !== undefined) log.error({}, now);
      tell().catch((error: unknown) => log.warn({ error: String(error) }, 'state not written'));
    },
    onCorrected: (log: Logger) => () => {
      corrected += 1;
      tell().catch((error: unknown) => log.warn({ error: String(error) }, 'state not written'));
    },
    onHeld: (log: Logger) => (group: number, held: FlowsHeld | undefined) => {
      if (flows.get(group) === held) return;
      if (held === undefined) flows.delete(group);
      else flows.set(group, held);
      tell().catch((error: unknown) => log.warn({ error: String(error) }, 'state not written'));
    },
  };
}

/** Writes what is known of all groups' replication whenever it changed. */
function createFigures(path: string, log: Logger) {
  const known = new Map<number, GroupFigures>();
  let written = renderFigures(known);
  let writing = removeFile(path).catch(() => {});
  return (group: number, figures: GroupFigures | undefined) => {
    if (figures === undefined) known.delete(group);
    else known.set(group, figures);
    const text = renderFigures(known);
    if (text === written) return;
    written = text;
    writing = writing
      .then(() => writeFileAtomic(path, text))
      .catch((error: unknown) => log.warn({ error: String(error) }, 'figures of replication not written'));
  };
}

async function readUdpStreamSeconds(): Promise<number | undefined> {
  const value = Number((await createSysctls().read([udpStream])).get(udpStream));
  return value > 0 ? value : undefined;
}

const udpStream = 'net/netfilter/nf_conntrack_udp_timeout_stream';
