import type { Clock } from '../platform/clock.ts';
import type { ProcessEntry, ProcessTable } from '../platform/process-table.ts';
import { sendSignal } from '../platform/signals.ts';

export interface FrozenOptions {
  readonly processes: ProcessTable;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Aborted when the daemon has ended. */
  readonly signal: AbortSignal;
  /** Told before it is ended. */
  onFrozen(stopped: readonly number[]): void;
}

/** How often one looks, in ms. */
const lookMs = 1_000;
/** Looks at which a process of it is stopped until it is ended: a debugger's moment is none of our business. */
const frozenAfter = 2;

/**
 * Ends (SIGKILL) a daemon that somebody stopped (SIGSTOP, SIGTSTP, a tracer) and its children, so that it is started anew. A
 * keepalived that stands still keeps addresses that another node has taken, and a conntrackd holds back what it should tell.
 */
export async function endWhenFrozen(pid: number, { processes, clock, signal, onFrozen }: FrozenOptions): Promise<void> {
  for (let looks = 0; !signal.aborted; ) {
    await clock.sleep(lookMs, signal).catch(() => {});
    if (signal.aborted) return;
    const family = await processes.family(pid);
    const stopped = stoppedOf(family);
    looks = stopped.length > 0 ? looks + 1 : 0;
    if (looks < frozenAfter) continue;
    onFrozen(stopped);
    // Children first: who still had a parent to tell would be told of its end.
    for (const entry of family.toReversed()) sendSignal(entry.pid, 'SIGKILL');
    return;
  }
}

/** Pure: those that a signal or a tracer stopped. */
export function stoppedOf(family: readonly ProcessEntry[]): readonly number[] {
  return family.filter(({ state }) => state === 'T' || state === 't').map(({ pid }) => pid);
}
