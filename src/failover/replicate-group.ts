import type { GroupFigures } from '../dataplane/replication/figures.ts';
import type { Replica } from '../dataplane/replication/replicas.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { FlowsHeld } from '../dataplane/vrrp/state.ts';
import { conntrackdProgram } from './daemons.ts';
import { createSteps, type StepOptions } from './replicate-steps.ts';
import { type Duty, dutyOf, follow, fulfil, renew, type Seat } from './seat.ts';
import { superviseDaemon } from './supervise-daemon.ts';
import { watchStats } from './watch-stats.ts';

export interface GroupOptions extends Omit<StepOptions, 'onAnswer'> {
  /** Told whenever it may have changed whether this node holds the group's flows. */
  onHeld?(group: number, held: FlowsHeld): void;
  /** Told what its conntrackd says of itself, now and then; undefined: it does not run. */
  onFigures?(group: number, figures: GroupFigures | undefined): void;
}

/** The replication of one failover group. */
export interface GroupReplication {
  readonly replica: Replica;
  /** Says whether this node owns the group now, and whether it could; before the first time nothing is sent and nothing forgotten. */
  tell(owned: boolean, couldOwn: boolean): void;
  /** Settles when conntrackd is not supervised any more. */
  readonly done: Promise<void>;
  end(): Promise<void>;
}

const retryMs = 500;
const longestRetryMs = 10_000;

/** Keeps the group's conntrackd running, and has it do what owning and not owning ask for; in between an owner alone spawns anything. */
export function replicateGroup(replica: Replica, options: GroupOptions): GroupReplication {
  const { clock } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const log = options.log;
  let seat: Seat | undefined;
  let daemon: DaemonState = { running: false, answered: false, cannot: false };
  let begun = 0;
  let wake = () => {};
  const tellHeld = () => {
    if (!signal.aborted) options.onHeld?.(replica.group, heldBy(seat, daemon));
  };
  const change = (next: Seat | undefined) => {
    if (next === seat) return;
    seat = next;
    tellHeld();
    wake();
  };
  const onAnswer = () => {
    daemon = { ...daemon, answered: true, cannot: false };
    tellHeld();
  };
  const steps = createSteps(replica, { ...options, signal, onAnswer });
  const isOwner = () => seat?.kind === 'owner';
  // Resolves to when to do it again, in ms.
  const run = async (duty: Duty): Promise<number> => {
    const { running } = daemon;
    if (duty === 'send') return await steps.send({ running, isOwner, isRepeated: seat?.again !== undefined });
    if (duty === 'disown') await steps.disown(running);
    else if (duty === 'forget') await steps.forget(running, isOwner);
    else await steps.confirm(running);
    return Number.POSITIVE_INFINITY;
  };
  const work = async () => {
    for (let failures = 0; !signal.aborted; ) {
      const pausing = new AbortController();
      wake = () => pausing.abort();
      const next = seat === undefined ? undefined : dutyOf(seat, clock.monotonic());
      if (next === undefined || next.inMs > 0) {
        await clock.sleep(next?.inMs ?? idleMs, AbortSignal.any([signal, pausing.signal])).catch(() => {});
        continue;
      }
      const before = seat;
      try {
        const againMs = await run(next.duty);
        failures = 0;
        // Whatever changed meanwhile asks for something else.
        if (seat === before && before !== undefined) seat = fulfil(before, next.duty, clock.monotonic() + againMs);
        tellHeld();
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const what = { group: replica.group, duty: next.duty, error: String(error) };
        // The first time it may only have begun to run.
        if (failures > 1) log.warn(what, 'replication: tried again');
        const pause = Math.min(retryMs * 2 ** (failures - 1), longestRetryMs);
        await clock.sleep(pause, AbortSignal.any([signal, pausing.signal])).catch(() => {});
      }
    }
  };
  const supervising = superviseDaemon({
    ...options,
    signal,
    log,
    program: conntrackdProgram(options.runDir, replica.group),
    configPath: failoverFiles(options.runDir).conntrackd(replica.group).config,
    onRunning: async (now) => {
      const began = now && !daemon.running;
      if (began) begun += 1;
      daemon = followDaemon(daemon, now);
      tellHeld();
      if (began && seat !== undefined) change(renew(seat, clock.monotonic()));
    },
  });
  const { onFigures } = options;
  const watching = onFigures && {
    ...{ clock, signal, ask: steps.show },
    running: () => (daemon.running ? begun : 0),
    onFigures: (figures: GroupFigures | undefined) => onFigures(replica.group, figures),
  };
  const done = Promise.all([supervising, work(), watching && watchStats(watching)]).then(() => {});
  return {
    replica,
    tell: (owned, couldOwn) => change(follow(seat, { owned, couldOwn, now: clock.monotonic() })),
    done,
    end: async () => {
      over.abort();
      await done.catch(() => {});
    },
  };
}

/** Longest timer of Node.js: until something wakes us. */
const idleMs = 2 ** 31 - 1;

/** What is known of a group's conntrackd. */
interface DaemonState {
  readonly running: boolean;
  /** Whether it did what it was told since it began. */
  readonly answered: boolean;
  /** Whether it ended without that the last time: it is started again and again, in vain. */
  readonly cannot: boolean;
}

function followDaemon({ answered, cannot }: DaemonState, running: boolean): DaemonState {
  return running ? { running, answered, cannot } : { running, answered: false, cannot: cannot || !answered };
}

// An owner holds its flows anyhow; that it cannot tell anybody is what its standby should know.
function heldBy(seat: Seat | undefined, { running, cannot }: DaemonState): FlowsHeld {
  if (cannot) return 'None';
  if (seat?.kind === 'owner') return 'Synced';
  return running && seat !== undefined && seat.next === undefined ? 'Synced' : 'Syncing';
}
