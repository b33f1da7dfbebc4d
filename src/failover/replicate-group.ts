import type { Conntrack } from '../dataplane/conntrack/exec.ts';
import { type Replica, selectorsOf } from '../dataplane/replication/replicas.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { conntrackdProgram } from './daemons.ts';
import { type Duty, dutyOf, follow, fulfil, renew, type Seat } from './seat.ts';
import { superviseDaemon } from './supervise-daemon.ts';

export interface GroupOptions {
  readonly runDir: string;
  readonly runner: Runner;
  readonly conntrack: Conntrack;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
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

/** conntrackd reads the kernel's table beside its other work; `-R` only asks it to. */
const readMs = 500;
const retryMs = 500;
const longestRetryMs = 10_000;

/** Keeps the group's conntrackd running, and has it do what owning and not owning ask for; nothing is spawned in between. */
export function replicateGroup(replica: Replica, options: GroupOptions): GroupReplication {
  const { clock } = options;
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const log = options.log;
  let seat: Seat | undefined;
  let running = false;
  let wake = () => {};
  const change = (next: Seat | undefined) => {
    if (next === seat) return;
    seat = next;
    wake();
  };
  const steps = createSteps(replica, { ...options, signal });
  const isOwner = () => seat?.kind === 'owner';
  const run = (duty: Duty) => {
    if (duty === 'send') return steps.send(running);
    return duty === 'disown' ? steps.disown(running) : steps.forget(running, isOwner);
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
        await run(next.duty);
        failures = 0;
        // Whatever changed meanwhile asks for something else.
        if (seat === before && before !== undefined) seat = fulfil(before, next.duty);
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
      const began = now && !running;
      running = now;
      if (began && seat !== undefined) change(renew(seat));
    },
  });
  const done = Promise.all([supervising, work()]).then(() => {});
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

function createSteps({ group, flows }: Replica, { runDir, runner, conntrack, clock, log, signal }: GroupOptions) {
  const { config } = failoverFiles(runDir).conntrackd(group);
  const ask = (...args: readonly string[]) => runner.run('conntrackd', ['-C', config, ...args], { signal });
  return {
    /** What a new owner took over, and what a conntrackd before this one did not tell, the peer shall know. */
    send: async (running: boolean) => {
      if (!running) return;
      await ask('-R');
      await clock.sleep(readMs, signal);
      await ask('-B');
      log.info({ group }, 'owner: flows are sent to the peer');
    },
    /** At once: whatever times out here while conntrackd knows it for its own would be ended at its owner, where it may live. */
    disown: async (running: boolean) => {
      if (running) await ask('-f', 'internal');
    },
    /**
     * What is left here ended or went on elsewhere; and as copies the same flows come back. First of all conntrackd forgets that
     * it knows them: else it tells the peer that they ended, and their owner would end flows that live [measured].
     */
    forget: async (running: boolean, isOwner: () => boolean) => {
      if (running) await ask('-f', 'internal');
      if (isOwner()) return;
      const forgotten = await conntrack.remove(selectorsOf(flows));
      if (running) await ask('-n');
      log.info({ group, flows: forgotten }, 'not owner: own flows are forgotten, the peer is asked for its own');
    },
  };
}
