import { backoffDelay } from '../platform/backoff.ts';
import type { Clock } from '../platform/clock.ts';
import { createSandboxBook, type Holder, type SandboxAddresses, type SandboxBook } from './book.ts';
import type { Runtime } from './runtime.ts';
import { type Session, startSession, type Telling } from './session.ts';

/** How sandboxes are known: `events` and `listing` are current, `lost` is what was known last, `never` nothing at all. */
export type SandboxSource = 'never' | 'lost' | Telling;

export interface SandboxWatchOptions {
  /** Connects until the signal aborts; a runtime that is not there shows in its `closed` and its answers. */
  connect(signal: AbortSignal): Runtime;
  readonly clock: Clock;
  /** Uniform in [0, 1), as Math.random. */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** After every change of the addresses or of the source, and when that is settled. */
  onChange(): void;
  /** The source changed, or the first attempt failed (`never`); `words` name the runtime, or say why it is lost. */
  onSource(source: SandboxSource, words: string): void;
}

export interface SandboxWatch {
  source(): SandboxSource;
  /** The addresses of ready sandboxes by Pod uid, current or not; the same object until something changes. */
  addresses(): SandboxAddresses;
  /** Whose each address is, by the current connection; empty without one. */
  holders(): ReadonlyMap<string, Holder>;
  /** Asks for these sandboxes once more: an end of one of them has been told by `onChange` when this resolves. Never rejects. */
  confirm(ids: readonly string[]): Promise<void>;
  /** False until the runtime has told its sandboxes, or has failed to three times. */
  isSettled(): boolean;
  /** The runtime may know more: its list is asked for soon. */
  look(): void;
  /** A link of the node came or went. */
  linkChanged(): void;
  /** Resolves after abort. */
  readonly done: Promise<void>;
}

/** After so many failed connections at the start nobody should wait for the runtime any longer. */
const attemptsToWaitFor = 3;
const backoff = { initialMs: 100, maxMs: 10_000 };

/** Keeps what is known of a runtime's sandboxes current until the signal aborts, over every restart of the runtime. */
export function watchSandboxes(options: SandboxWatchOptions): SandboxWatch {
  const { clock, signal, onChange } = options;
  let source: SandboxSource = 'never';
  let shown: SandboxAddresses = new Map();
  let session: Session | undefined;
  let current: SandboxBook | undefined;
  let failures = 0;

  const set = (next: SandboxSource, addresses: SandboxAddresses, words: string): void => {
    const isNew = source !== next;
    if (!isNew && shown === addresses) return;
    source = next;
    shown = addresses;
    if (isNew) options.onSource(next, words);
    onChange();
  };
  const connectOnce = async (): Promise<never> => {
    const over = new AbortController();
    const stop = () => over.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    const book = createSandboxBook();
    // What was known of an earlier connection stays until this one's first list is complete.
    let isCurrent = false;
    try {
      session = startSession({
        runtime: options.connect(over.signal),
        ...{ book, clock, signal: over.signal },
        onBook: () => {
          if (isCurrent) set(source, book.addresses(), '');
        },
        onCurrent: (telling, words) => {
          isCurrent = true;
          current = book;
          set(telling, book.addresses(), words);
        },
      });
      return await session.over;
    } finally {
      isCurrent = false;
      current = undefined;
      session = undefined;
      signal.removeEventListener('abort', stop);
      over.abort();
    }
  };
  const run = async (): Promise<void> => {
    let attempt = 0;
    while (!signal.aborted) {
      const started = clock.monotonic();
      const words = await connectOnce().catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      );
      if (signal.aborted) return;
      failures += 1;
      if (source !== 'never') set('lost', shown, words);
      else if (failures === 1) options.onSource('never', words);
      else if (failures === attemptsToWaitFor) onChange();
      attempt = clock.monotonic() - started > backoff.maxMs ? 0 : attempt + 1;
      await clock.sleep(backoffDelay(attempt, { ...backoff, random: options.random }), signal).catch(() => {});
    }
  };
  return {
    source: () => source,
    addresses: () => shown,
    holders: () => current?.holders() ?? new Map(),
    confirm: async (ids) => {
      await session?.confirm(ids).catch(() => {}); // a connection that is gone shows elsewhere
    },
    isSettled: () => source !== 'never' || failures >= attemptsToWaitFor,
    look: () => session?.look(),
    linkChanged: () => session?.linkChanged(),
    done: run(),
  };
}
