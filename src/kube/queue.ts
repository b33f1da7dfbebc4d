import { backoffDelay } from '../platform/backoff.ts';
import type { Clock } from '../platform/clock.ts';
import { createDelayHeap, type DelayHeap } from './delay-heap.ts';
import { createLine, type Line } from './queue-line.ts';

/** What became of one key: finished; again in `ms`; failed, again with back-off; failed, and trying again is useless until the next `add`. */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'after'; readonly ms: number }
  | { readonly kind: 'retry'; readonly cause: unknown }
  | { readonly kind: 'stop'; readonly cause: unknown };

export interface RunOptions<K> {
  readonly workers: number;
  readonly signal: AbortSignal;
  /** A throw counts as retry. */
  handle(key: K): Promise<Outcome>;
}

/** A work queue of keys: a key waits at most once and is never handled twice at the same time; what is added while it is handled is handled again. */
export interface Queue<K> {
  /** Handles the key as soon as a worker is free, in order of arrival; takes the place of a delayed one. */
  add(key: K): void;
  /** The same in `ms`; the earlier time counts if it is delayed already. */
  addAfter(key: K, ms: number): void;
  /** The same after the key's next back-off. */
  retry(key: K, cause: unknown): void;
  /** The key's next back-off starts from the beginning. */
  forget(key: K): void;
  /** Handles keys until `signal` aborts and the last handler has ended; may be called again then: nothing waiting is lost. */
  run(options: RunOptions<K>): Promise<void>;
  /** Keys waiting now, without delayed ones. */
  readonly size: number;
  readonly delayed: number;
}

export interface QueueOptions<K> {
  readonly clock: Clock;
  /** Back-off of a key: `baseMs` doubled with every failure up to `maxMs`; default 5 ms … 1,000 s. */
  readonly baseMs?: number | undefined;
  readonly maxMs?: number | undefined;
  /** After every handling, for metrics; `ms` is the handler's time. */
  readonly onOutcome?: ((key: K, outcome: Outcome, ms: number) => void) | undefined;
  /** Before every back-off, for logs; `failures` of this key in a row. */
  readonly onRetry?: ((key: K, cause: unknown, failures: number) => void) | undefined;
}

export function createQueue<K>(options: QueueOptions<K>): Queue<K> {
  const { clock, onOutcome } = options;
  const line = createLine<K>();
  const delays = createDelayHeap<K>();
  const bell = { ring: () => {}, pump: () => {} }; // set while running
  const { settle, ...schedule } = createSchedule({ line, delays, bell }, options);
  return {
    ...schedule,
    run: async (runOptions) => {
      const work = startWork({ line, settle, clock, onOutcome }, runOptions);
      bell.pump = work.pump;
      work.pump();
      await releaseDelayed({ clock, delays, add: schedule.add, bell }, runOptions.signal);
      bell.pump = () => {};
      await work.ended();
    },
    get size() {
      return line.size;
    },
    get delayed() {
      return delays.size;
    },
  };
}

/** Decides when a key is handled. */
function createSchedule<K>(
  at: {
    readonly line: Line<K>;
    readonly delays: DelayHeap<K>;
    readonly bell: { readonly ring: () => void; readonly pump: () => void };
  },
  { clock, baseMs = 5, maxMs = 1_000_000, onRetry }: QueueOptions<K>,
) {
  const { line, delays, bell } = at;
  const failures = new Map<K, number>();
  const add = (key: K) => {
    delays.delete(key);
    line.add(key);
    bell.pump();
  };
  const addAfter = (key: K, ms: number) => {
    if (!(ms > 0)) return add(key);
    if (!line.has(key) && delays.add(key, clock.monotonic() + ms)) bell.ring();
  };
  const retry = (key: K, cause: unknown) => {
    const count = (failures.get(key) ?? 0) + 1;
    failures.set(key, count);
    onRetry?.(key, cause, count);
    addAfter(key, backoffDelay(count - 1, { initialMs: baseMs, maxMs, random: () => 1 }));
  };
  const forget = (key: K) => void failures.delete(key);
  const settle = (key: K, outcome: Outcome) => {
    const changedMeanwhile = line.end(key);
    if (outcome.kind === 'retry') retry(key, outcome.cause);
    else forget(key);
    if (outcome.kind === 'after') addAfter(key, outcome.ms);
    if (changedMeanwhile) add(key);
  };
  return { add, addAfter, retry, forget, settle };
}

/** Hands keys to handlers, `workers` at a time. */
function startWork<K>(
  at: {
    readonly line: Line<K>;
    readonly settle: (key: K, outcome: Outcome) => void;
    readonly clock: Clock;
    readonly onOutcome: QueueOptions<K>['onOutcome'];
  },
  { workers, signal, handle }: RunOptions<K>,
) {
  const running = new Set<Promise<void>>();
  const handleOne = async (key: K) => {
    const started = at.clock.monotonic();
    const outcome = await settled(() => handle(key));
    at.settle(key, outcome);
    at.onOutcome?.(key, outcome, at.clock.monotonic() - started);
  };
  const pump = () => {
    while (!signal.aborted && running.size < workers) {
      const next = at.line.take();
      if (next === undefined) return;
      const work: Promise<void> = handleOne(next.key).finally(() => {
        running.delete(work);
        pump();
      });
      running.add(work);
    }
  };
  return { pump, ended: async () => void (await Promise.all(running)) };
}

async function settled(handle: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await handle();
  } catch (cause) {
    return { kind: 'retry', cause };
  }
}

/** Adds delayed keys when they are due, until `signal` aborts. */
async function releaseDelayed<K>(
  at: {
    readonly clock: Clock;
    readonly delays: DelayHeap<K>;
    readonly add: (key: K) => void;
    readonly bell: { ring: () => void };
  },
  signal: AbortSignal,
): Promise<void> {
  const { clock, delays, bell } = at;
  const stop = () => bell.ring();
  signal.addEventListener('abort', stop, { once: true });
  while (!signal.aborted) {
    for (const key of delays.takeDue(clock.monotonic())) at.add(key);
    const rung = new AbortController();
    bell.ring = () => rung.abort();
    const due = delays.nextDue() ?? Number.POSITIVE_INFINITY;
    await clock.sleep(Math.min(due - clock.monotonic(), longestSleepMs), rung.signal).catch(() => undefined);
  }
  bell.ring = () => {};
  signal.removeEventListener('abort', stop);
}

const longestSleepMs = 3_600_000;
