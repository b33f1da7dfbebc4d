import type { SuiteClock } from '../../lib/world.ts';

/** A clock that leaps to the next thing to do as soon as everything that can run now has run. */
export interface VirtualClock extends SuiteClock {
  /** Runs `task` when `milliseconds` have passed. */
  after(milliseconds: number, task: () => void): void;
  /** Nothing happens any more: whoever still sleeps sleeps for ever. */
  stop(): void;
}

interface Task {
  readonly at: number;
  readonly run: () => void;
}

/** A clock of its own, which begins at `start` (milliseconds since 1970). */
export function startVirtualClock(start: number): VirtualClock {
  // Sorted by time, then by order of arrival.
  let tasks: Task[] = [];
  let now = start;
  let running = false;
  let stopped = false;
  // One task per turn of the event loop: promises that it settles run to their next wait before the clock moves on.
  const turn = (): void => {
    const task = stopped ? undefined : tasks.shift();
    if (task === undefined) {
      running = false;
      return;
    }
    now = task.at;
    task.run();
    setImmediate(turn);
  };
  const after = (milliseconds: number, run: () => void): void => {
    const at = now + Math.max(0, milliseconds);
    const behind = tasks.findLastIndex((task) => task.at <= at);
    tasks.splice(behind + 1, 0, { at, run });
    if (running) return;
    running = true;
    setImmediate(turn);
  };
  return {
    now: () => now,
    sleep: (milliseconds) => new Promise((resolve) => after(milliseconds, resolve)),
    after,
    stop: () => {
      stopped = true;
      tasks = [];
    },
  };
}
