import type { Clock } from '../platform/clock.ts';
import type { ProcessTable } from '../platform/process-table.ts';

export interface PriorityOptions {
  readonly processes: ProcessTable;
  readonly clock: Pick<Clock, 'sleep'>;
  /** Aborted when the daemon has ended. */
  readonly signal: AbortSignal;
  /** Told once whether some process of it has real-time priority. */
  onPriority(isRealTime: boolean): void;
}

/** From its start until keepalived (2.2.7) has a child that has asked for its priority: looks, and ms between them. */
const looks = 10;
const pauseMs = 500;

/** Finds out whether a daemon got the real-time priority that its configuration asks for: keepalived goes on when it is refused. */
export async function watchPriority(pid: number, options: PriorityOptions): Promise<void> {
  const { processes, clock, signal, onPriority } = options;
  for (let look = 0; look < looks; look += 1) {
    await clock.sleep(pauseMs, signal).catch(() => {});
    if (signal.aborted) return;
    const family = await processes.family(pid);
    if (family.some(({ isRealTime }) => isRealTime)) return onPriority(true);
  }
  onPriority(false);
}
