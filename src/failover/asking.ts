import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import type { Logger } from '../telemetry/log.ts';
import { type Look, lookMs } from './judge-next-hop.ts';

/** What asks a next hop, and counts its answers. */
export interface Asking {
  /** What came since the last call. */
  take(): Pick<Look, 'answers' | 'asked'>;
  /** Begins anew with another process. */
  replace(): void;
  end(): Promise<void>;
}

export interface AskingOptions {
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A program that asks, or has the kernel ask. */
export interface AskProgram {
  readonly command: readonly [string, ...string[]];
  /** Whether a line of its output is an answer. */
  isAnswer(line: string): boolean;
  /** Tells it what to do through its stdin, until the signal aborts; absent: it needs no telling, and says something when it has asked. */
  drive?(write: (text: string) => void, signal: AbortSignal): Promise<void>;
}

const longestPauseMs = 5_000;

/** Keeps one program running that asks, until `end` or the signal; what ends by itself is started anew. */
export function keepAsking(program: AskProgram, { runner, clock, log, signal }: AskingOptions): Asking {
  const [command, ...args] = program.command;
  const over = new AbortController();
  const ending = AbortSignal.any([signal, over.signal]);
  let answers = 0;
  let runs = false;
  let ranAllTheTime = false;
  let stop = () => {};
  const run = async () => {
    const stopped = new AbortController();
    stop = () => stopped.abort();
    const over = AbortSignal.any([ending, stopped.signal]);
    const onLine = (line: string) => {
      runs = true;
      if (program.isAnswer(line)) answers += 1;
    };
    const drive = program.drive;
    const onInput = (write: (text: string) => void) => {
      runs = true;
      drive?.(write, over).catch(() => {});
    };
    const end = await runner
      .lines(command, args, { signal: over, onLine, ...(drive === undefined ? {} : { onInput }) })
      .catch((error: unknown) => error);
    const byItself = !over.aborted;
    stopped.abort();
    [runs, ranAllTheTime] = [false, false];
    if (byItself) log.warn({ args, end: end instanceof Error ? end.message : end }, `${command} ended; started again`);
  };
  const keepRunning = async () => {
    for (let pause = lookMs; !ending.aborted; pause = Math.min(pause * 2, longestPauseMs)) {
      const started = clock.monotonic();
      await run();
      if (clock.monotonic() - started > longestPauseMs) pause = lookMs;
      await clock.sleep(pause, ending).catch(() => {});
    }
  };
  const running = keepRunning();
  return {
    take: () => {
      const taken = { answers, asked: ranAllTheTime };
      [answers, ranAllTheTime] = [0, runs];
      return taken;
    },
    replace: () => stop(),
    end: async () => {
      over.abort();
      await running;
    },
  };
}
