import type { Clock } from '../platform/clock.ts';
import type { SandboxBook } from './book.ts';
import type { SandboxEvent, SandboxStatus } from './messages.ts';
import { RpcError } from './rpc.ts';
import { type Runtime, sharesEvents } from './runtime.ts';

/** How a connected runtime tells of changes: by events, or by being asked again and again. */
export type Telling = 'events' | 'listing';

export interface SessionOptions {
  readonly runtime: Runtime;
  /** An empty one, which the session fills. */
  readonly book: SandboxBook;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Something may have changed in the book. */
  onBook(): void;
  /** The first list is in the book, or events began or ended; `words` name the runtime. */
  onCurrent(telling: Telling, words: string): void;
}

/** One connection to a runtime. */
export interface Session {
  /** Rejects when the connection or a question fails, and on abort. */
  readonly over: Promise<never>;
  /** Asks for the whole list soon. */
  look(): void;
  /** A link of the node came or went: asks at once, and a few times more. */
  linkChanged(): void;
  /** Asks for these sandboxes now: what ended is in the book when this resolves. Rejects as `over` does. */
  confirm(ids: readonly string[]): Promise<void>;
}

const listEveryMs = { events: 10_000, listing: 1_000 } as const;
const subscribeEveryMs = 30_000;
const leastPauseMs = 20;
const mostAsked = 16;
/** A sandbox is ready some time after its link is there; and an event may be told before its subscriber is known. */
const lookAgainMs: readonly number[] = [100, 300, 1_000];

/** Fills the book with a runtime's sandboxes and keeps it so. An event of a sandbox that is not over is only a reason to ask for its status. */
export function startSession(options: SessionOptions): Session {
  const { runtime, book, clock, signal, onBook } = options;
  const failure = Promise.withResolvers<never>();
  const schedule = createSchedule(clock);
  const asking = new Map<string, Promise<readonly string[]>>();
  let telling: Telling = 'listing';

  const askNow = async (id: string, isLoser: boolean): Promise<readonly string[]> => {
    const asked = book.begin();
    const status = await readStatus(runtime, id);
    if (status === 'unreadable') return [];
    const losers = book.status(asked, id, status, isLoser);
    onBook();
    return losers;
  };
  // Whoever asks while an answer is under way waits for it: a list is complete when all of its sandboxes are.
  const askOnce = (id: string, isLoser: boolean): Promise<readonly string[]> => {
    const running = asking.get(id);
    if (running !== undefined) return running;
    const begun = askNow(id, isLoser).finally(() => asking.delete(id));
    asking.set(id, begun);
    return begun;
  };
  const ask = async (id: string): Promise<void> => {
    const losers = await askOnce(id, false);
    // Once: of two that are both ready with one address, both keep it.
    await Promise.all(losers.map((loser) => askOnce(loser, true)));
  };
  const list = async (): Promise<void> => {
    const asked = book.begin();
    const unknown = book.list(asked, await runtime.list());
    onBook();
    for (let at = 0; at < unknown.length; at += mostAsked)
      await Promise.all(unknown.slice(at, at + mostAsked).map(ask));
  };
  const heed = ({ id, isOver }: SandboxEvent): void => {
    if (isOver) {
      book.end(id);
      onBook();
    } else if (!book.knows(id)) ask(id).catch(failure.reject);
  };
  const subscribe = async (): Promise<void> => {
    while (!signal.aborted) {
      telling = 'events';
      schedule.soon(lookAgainMs);
      await runtime.follow(heed).catch(() => {});
      // Whatever it means, the runtime can be asked instead; when the connection is gone, that fails.
      telling = 'listing';
      schedule.soon([]);
      await clock.sleep(subscribeEveryMs, signal);
    }
  };
  const run = async (): Promise<never> => {
    const version = await runtime.version();
    const words = `${version.name} ${version.version}`.slice(0, 100);
    if (sharesEvents(version)) subscribe().catch(failure.reject);
    for (;;) {
      schedule.begun();
      await list();
      signal.throwIfAborted();
      options.onCurrent(telling, words);
      await schedule.due(() => listEveryMs[telling], signal);
    }
  };
  runtime.closed.then((words) => failure.reject(new Error(words)));
  run().catch(failure.reject);
  return {
    over: failure.promise,
    look: () => schedule.soon([]),
    linkChanged: () => schedule.soon(lookAgainMs),
    // Not `askOnce`: an answer under way may be older than this question.
    confirm: async (ids) => {
      for (let at = 0; at < ids.length; at += mostAsked)
        await Promise.all(ids.slice(at, at + mostAsked).map((id) => askNow(id, true)));
    },
  };
}

// One whose status cannot be had (its shim hangs) is unknown until the next list; a connection that is gone shows there, too.
async function readStatus(runtime: Runtime, id: string): Promise<SandboxStatus | 'unreadable' | undefined> {
  try {
    return await runtime.status(id);
  } catch (error) {
    if (error instanceof RpcError && (error.failure === 'refused' || error.failure === 'late')) return 'unreadable';
    throw error;
  }
}

interface Schedule {
  /** A round begins: what was asked for up to now is served by it. */
  begun(): void;
  /** Asks for a round at once and for others after these times. */
  soon(moreMs: readonly number[]): void;
  /** Resolves when the next round is due; rejects on abort. */
  due(periodMs: () => number, signal: AbortSignal): Promise<void>;
}

function createSchedule(clock: Clock): Schedule {
  let last = clock.monotonic();
  let isWanted = false;
  let later: readonly number[] = [];
  let wake = () => {};
  return {
    begun: () => {
      last = clock.monotonic();
      isWanted = false;
      later = later.filter((at) => at > last);
    },
    soon: (moreMs) => {
      const now = clock.monotonic();
      isWanted = true;
      if (moreMs.length > 0) later = moreMs.map((ms) => now + ms);
      wake();
    },
    due: async (periodMs, signal) => {
      for (;;) {
        const at = Math.min(last + (isWanted ? leastPauseMs : periodMs()), ...later);
        const left = at - clock.monotonic();
        if (left <= 0) return;
        const early = new AbortController();
        wake = () => early.abort();
        signal.addEventListener('abort', wake, { once: true });
        await clock.sleep(left, early.signal).catch(() => {});
        signal.removeEventListener('abort', wake);
        signal.throwIfAborted();
      }
    },
  };
}
