import type { ExitStatus, Runner } from './exec.ts';

/** A program that runs for long and does what its stdin tells it, line by line. */
export interface Tool {
  /** Lost when the program has ended. */
  write(text: string): void;
  stop(): void;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<void>;
}

/** Programs with a line editor write down what they were told: where nobody can. */
export const interactiveEnv = { HOME: '/nonexistent' } as const;

export interface ToolOptions {
  readonly runner: Runner;
  readonly command: readonly [string, ...string[]];
  /** Absent: only `stop` ends it. */
  readonly signal?: AbortSignal;
  /** As `LinesOptions` has them. */
  readonly output?: 'stdout' | 'stderr';
  readonly env?: Readonly<Record<string, string>>;
  onLine(line: string): void;
  /** It ended, or could not be started; says so with what it last wrote to stderr. */
  onEnd(error: Error): void;
}

/** Starts the program; it ends with the signal, with `stop`, or when our own process does (its stdin is closed). */
export function startTool({ runner, command, signal, onEnd, ...rest }: ToolOptions): Tool {
  const [program, ...args] = command;
  const stopped = new AbortController();
  const { promise: input, resolve: onInput } = Promise.withResolvers<(text: string) => void>();
  const run = runner.lines(program, args, {
    ...rest,
    signal: AbortSignal.any([stopped.signal, ...(signal === undefined ? [] : [signal])]),
    onInput,
  });
  return {
    write: (text) => void input.then((write) => write(text)),
    stop: () => stopped.abort(),
    ended: run
      .then(
        (status) => new Error(`${command.join(' ')} ${explain(status)}`),
        (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
      )
      .then(onEnd),
  };
}

function explain(status: ExitStatus): string {
  const how = status.kind === 'exited' ? `exited with ${status.exitCode}` : `was ended by ${status.signal}`;
  return `${how}: ${status.stderr.trim() || 'it said nothing'}`;
}
