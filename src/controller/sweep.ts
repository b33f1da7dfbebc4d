import { keyOf } from '../kube/object.ts';
import { runWrite, type WriteContext } from './run-writes.ts';
import type { Write } from './writes.ts';

/**
 * Writes that may be many and are urgent to nobody: statuses of routes. They go out beside whatever else happens, few at a
 * time, and what a later plan no longer wants is not written at all.
 */
export interface Sweep {
  /** All that is left to write from now on; what is being written goes on. */
  replace(writes: readonly Write[]): void;
  /** Leaves the API server to somebody more urgent (one write at a time goes on) until disposed. */
  giveWay(): Disposable;
  /** Writes not yet begun. */
  readonly waiting: number;
  /** Resolves after abort, when nothing is being written any more. */
  readonly done: Promise<void>;
}

export interface SweepOptions extends WriteContext {
  /** A write failed and is not tried again by itself: the next plan must ask for it. */
  onFailure(): void;
}

/**
 * Requests at a time: a small part of the seats that API Priority and Fairness gives to workloads, enough for a thousand a second,
 * and what an urgent write may find before it in a server that is busy.
 */
const mostAtOnce = 4;

/** An idle sweep; it stops when the signal aborts. */
export function startSweep(options: SweepOptions): Sweep {
  const { signal } = options;
  const queue = new Map<string, Write>();
  const running = new Map<string, Promise<void>>();
  // What was written and is not seen in a snapshot yet, so that the same write is not asked for again meanwhile.
  let written = new Set<Write>();
  let urgent = 0;

  const begin = (key: string, write: Write) => {
    queue.delete(key);
    const run = runWrite(options, write).then((result) => {
      running.delete(key);
      if (isFailure(result)) options.onFailure();
      else written.add(write);
      fill();
    });
    running.set(key, run);
  };
  const fill = () => {
    if (signal.aborted) return;
    for (const [key, write] of queue) {
      if (running.size >= (urgent > 0 ? 1 : mostAtOnce)) return;
      // Two writes to one object at a time would come in any order.
      if (!running.has(key)) begin(key, write);
    }
  };
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return {
    replace: (writes) => {
      const seen = written;
      written = new Set(writes.filter((write) => seen.has(write)));
      queue.clear();
      for (const write of writes) if (!written.has(write)) queue.set(keyOfWrite(write), write);
      fill();
    },
    giveWay: () => {
      urgent += 1;
      return {
        [Symbol.dispose]: () => {
          urgent -= 1;
          fill();
        },
      };
    },
    get waiting() {
      return queue.size;
    },
    done: stopped.then(async () => void (await Promise.all(running.values()))),
  };
}

function isFailure(result: Awaited<ReturnType<typeof runWrite>>): boolean {
  return result === 'failed' || result === 'refused';
}

function keyOfWrite({ resource, name, namespace }: Write): string {
  return `${resource.plural}/${keyOf({ name, namespace })}`;
}
