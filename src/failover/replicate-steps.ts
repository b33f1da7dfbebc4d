import type { Conntrack } from '../dataplane/conntrack/exec.ts';
import { type Replica, selectorsOf } from '../dataplane/replication/replicas.ts';
import { parseStats } from '../dataplane/replication/stats.ts';
import { failoverFiles } from '../dataplane/vrrp/files.ts';
import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { sendAgainMs } from './seat.ts';

/** conntrackd reads the kernel's table beside its other work; `-R` only asks it to. */
const readMs = 500;

export interface StepOptions {
  readonly runDir: string;
  readonly runner: Runner;
  readonly conntrack: Conntrack;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Seconds that a UDP flow lives without a packet; undefined: not known. */
  udpStreamSeconds(): Promise<number | undefined>;
  /** Told whenever conntrackd did what it was told. */
  onAnswer(): void;
}

interface Sending {
  readonly running: boolean;
  readonly isRepeated: boolean;
  isOwner(): boolean;
}

/** What a seat's duties are, done with the group's conntrackd (conntrack-tools 1.4.7) and its flows in the kernel; each may throw. */
export function createSteps(
  { group, flows }: Replica,
  { runDir, runner, conntrack, clock, log, signal, udpStreamSeconds, onAnswer }: StepOptions,
) {
  const { config } = failoverFiles(runDir).conntrackd(group);
  const ask = async (...args: readonly string[]) => {
    const { stdout } = await runner.run('conntrackd', ['-C', config, ...args], { signal });
    onAnswer();
    return stdout;
  };
  const readStats = async () => {
    const { received = 0, injected = 0 } = parseStats(await ask('-s'));
    return { received, injected };
  };
  let receivedBefore = 0;
  return {
    /** What conntrackd says of itself. */
    show: (words: readonly string[]) => ask('-s', ...words),
    /** What a new owner took over, what a conntrackd before this one did not tell, and what would time out there, the peer shall know. */
    send: async ({ running, isRepeated, isOwner }: Sending) => {
      if (!running) return Number.POSITIVE_INFINITY;
      await ask('-R');
      await clock.sleep(readMs, signal);
      // Who has the group now knows better.
      if (isOwner()) await ask('-B');
      log[isRepeated ? 'debug' : 'info']({ group }, 'owner: flows are sent to the peer');
      return sendAgainMs(await udpStreamSeconds());
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
      if (running) {
        receivedBefore = (await readStats()).received;
        await ask('-n');
      }
      log.info({ group, flows: forgotten }, 'not owner: own flows are forgotten, the peer is asked for its own');
    },
    /** The peer was heard after it was asked, and what it says of its flows has come to an end. */
    confirm: async (running: boolean) => {
      if (!running) return;
      let before = await readStats();
      if (before.received <= receivedBefore)
        throw new Error('the peer has not been heard since it was asked for its flows');
      for (let looks = 0; looks < mostLooks; looks += 1) {
        await clock.sleep(readMs, signal);
        const now = await readStats();
        if (now.injected === before.injected) break;
        before = now;
      }
      log.info({ group }, 'not owner: the copies have come');
    },
  };
}

/** Of a busy owner something always comes. */
const mostLooks = 10;
