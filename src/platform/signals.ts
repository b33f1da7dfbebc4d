const numbers: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

/** Somebody asked to stop: what `untilSignal` aborts with. */
export class Interrupted extends Error {
  /** 128 + the signal's number, as shells report it. */
  readonly exitStatus: number;
  constructor(signal: NodeJS.Signals) {
    super(`received ${signal}`);
    this.name = 'Interrupted';
    this.exitStatus = 128 + (numbers[signal] ?? 0);
  }
}

/** The wish to stop, as an AbortSignal; dispose to stop listening. */
export interface Stopping extends Disposable {
  readonly signal: AbortSignal;
}

// timeout(1), npm and others send a signal to the process and to its whole group, or the terminal did so already.
const echoMs = 300;

/**
 * Aborts at the first of these signals (the reason names it). A second one ends the process at once with 128 + its number:
 * whoever asks twice does not want to wait. The same one within 300 ms is the first one's echo, and is not a second wish.
 */
export function untilSignal(signals: readonly NodeJS.Signals[]): Stopping {
  const controller = new AbortController();
  let first: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (first?.signal === signal && performance.now() - first.at < echoMs) return;
    if (first !== undefined) process.exit(new Interrupted(signal).exitStatus);
    first = { signal, at: performance.now() };
    controller.abort(new Interrupted(signal));
  };
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}

/** Aborts when stdin ends: whoever started this process with an open one is gone. What comes by it is forgotten. Dispose to stop reading. */
export function untilInputEnds(): Stopping {
  const controller = new AbortController();
  const onEnd = () => controller.abort(new Error('stdin ended'));
  process.stdin.on('end', onEnd).on('close', onEnd).on('error', onEnd).resume();
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => void process.stdin.off('end', onEnd).off('close', onEnd).off('error', onEnd).destroy(),
  };
}

/** Ends this process quietly when nobody reads its output any more (`… | head`), with 128 + SIGPIPE's number as a shell would report. */
export function endOnClosedPipe(): void {
  const onError = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(128 + 13);
  };
  process.stdout.on('error', onError);
  process.stderr.on('error', onError);
}

/** Calls at every such signal, which then does nothing else to this process; dispose to give that up. */
export function onSignal(signal: NodeJS.Signals, handle: () => void): Disposable {
  process.on(signal, handle);
  return { [Symbol.dispose]: () => void process.off(signal, handle) };
}

/** Ends this process with status 1 after `ms`, unless it has ended by itself: for one whose work is over but which something keeps alive. */
export function exitAfter(ms: number): void {
  setTimeout(() => process.exit(1), ms).unref();
}

/** Sends a signal to a process; false when there is no such process (any more). Throws when it is not ours to signal (EPERM). */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  // 0 and negative numbers mean whole process groups, ours among them.
  if (!Number.isInteger(pid) || pid <= 0) throw new RangeError(`${pid} is no process id`);
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}
