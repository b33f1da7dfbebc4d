import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, type ChildEnd, type ChildSpec, startChild } from './child.ts';
import { ExecError, type ExecFailure } from './exec-error.ts';
import { createLineSplitter } from './line-splitter.ts';
import { type OutputFile, openOutputFile } from './output-file.ts';

export interface RunOptions {
  /** Written to stdin as UTF-8; absent: stdin is empty. */
  readonly input?: string | undefined;
  /** Default 10,000; Infinity for none. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Default [0]. */
  readonly acceptExitCodes?: readonly number[] | undefined;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** Of stdout and stderr together; default 256 MiB. */
  readonly maxOutputBytes?: number | undefined;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly pid: number;
  readonly durationMs: number;
}

export interface LinesOptions {
  readonly signal: AbortSignal;
  /** Which output is read as lines; default stdout. */
  readonly output?: 'stdout' | 'stderr';
  /** A file that this output goes through in the place of a pipe, so that the child never waits for us; it is made or emptied, and stays. */
  readonly through?: string | undefined;
  /** From SIGTERM to SIGKILL after abort; default 1,000. A daemon may need longer to give up what it holds. */
  readonly killAfterMs?: number;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called for each line, without its newline; what it throws ends the child and rejects. */
  onLine(line: string): void;
  onStart?(pid: number): void;
  /** Asks for a stdin that stays open until the child ends; what is written after that is lost. Absent: stdin is empty. */
  onInput?(write: (text: string) => void): void;
}

/** How a streaming child ended; stderr is its last 4 KiB. */
export type ExitStatus =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly stderr: string }
  | { readonly kind: 'killed'; readonly signal: string; readonly stderr: string };

/** The only door to other programs. Both methods throw ExecError and nothing else (`lines` also what `onLine` throws). */
export interface Runner {
  /** Runs to the end; throws unless the exit status is accepted. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** Streams stdout until the child ends by itself or the signal aborts (then kills it); both resolve. */
  lines(command: string, args: readonly string[], options: LinesOptions): Promise<ExitStatus>;
}

const defaultTimeoutMs = 10_000;
const defaultMaxOutputBytes = 256 * 1024 * 1024;
const keptStderr = 4096;
const longestTimer = 2 ** 31 - 1;

/** A runner of real processes; `onSpawn` is told of every process, so that a test can prove that there was none. */
export function createRunner(options: { readonly onSpawn?: (command: string) => void } = {}): Runner {
  const start = (spec: ChildSpec): Child => {
    options.onSpawn?.(spec.command);
    try {
      return startChild(spec);
    } catch (cause) {
      throw new ExecError({ failure: 'spawn', ...spec, cause });
    }
  };
  return {
    run: (command, args, runOptions = {}) => runToEnd(start, { ...runOptions, command, args }),
    lines: (command, args, linesOptions) => streamLines(start, { command, args }, linesOptions),
  };
}

type Start = (spec: ChildSpec) => Child;

async function runToEnd(start: Start, spec: ChildSpec & RunOptions): Promise<RunResult> {
  if (spec.signal?.aborted) throw new ExecError({ failure: 'abort', ...describe(spec), cause: spec.signal.reason });
  const started = performance.now();
  const child = start(spec);
  let stopped: { failure: ExecFailure; limit?: number; cause?: unknown } | undefined;
  const stop = (why: NonNullable<typeof stopped>) => {
    stopped ??= why;
    child.stop();
  };

  const limit = spec.maxOutputBytes ?? defaultMaxOutputBytes;
  const output = collectOutput(child, limit, () => stop({ failure: 'output-limit', limit }));
  const onAbort = () => stop({ failure: 'abort', cause: spec.signal?.reason });
  spec.signal?.addEventListener('abort', onAbort, { once: true });
  const timeoutMs = spec.timeoutMs ?? defaultTimeoutMs;
  const timer =
    timeoutMs > longestTimer ? undefined : setTimeout(() => stop({ failure: 'timeout', limit: timeoutMs }), timeoutMs);
  const end = await child.ended;
  clearTimeout(timer);
  spec.signal?.removeEventListener('abort', onAbort);

  const { stdout, stderr } = output();
  const failure = stopped ?? failureOf(end, spec);
  if (failure !== undefined) throw new ExecError({ ...describe(spec), ...end, stderr, ...failure });
  return {
    stdout,
    stderr,
    exitCode: end.exitCode ?? 0,
    pid: child.process.pid ?? 0,
    durationMs: performance.now() - started,
  };
}

async function streamLines(start: Start, spec: ChildSpec, options: LinesOptions): Promise<ExitStatus> {
  const { signal, output = 'stdout', through, killAfterMs, env, onInput } = options;
  if (signal.aborted) return { kind: 'killed', signal: 'SIGTERM', stderr: '' };
  let thrown: { readonly error: unknown } | undefined;
  let child: Child | undefined;
  const splitter = createLineSplitter((line) => {
    if (thrown === undefined && !signal.aborted) options.onLine(line);
  });
  const guard = (work: () => void) => {
    try {
      work();
    } catch (error) {
      thrown ??= { error };
      child?.stop();
    }
  };

  let stderr = '';
  const onText = (from: 'stdout' | 'stderr') => (text: string) => {
    if (from === output) guard(() => splitter.push(text));
    if (from === 'stderr') stderr = (stderr + text).slice(-keptStderr);
  };
  const file = through === undefined ? undefined : openThrough(through, spec, onText(output));
  const writesTo = file === undefined ? {} : { writesTo: { [output]: file.fd } };
  let end: ChildEnd;
  try {
    child = start({ ...spec, killAfterMs, env, keepsInput: onInput !== undefined, ...writesTo });
    end = await follow(child, options, onText);
  } finally {
    file?.close();
  }

  guard(() => splitter.end());
  if (thrown !== undefined) throw thrown.error;
  if (end.startError !== undefined) throw new ExecError({ ...spec, ...startFailure(end.startError, spec) });
  if (end.signal !== undefined) return { kind: 'killed', signal: end.signal, stderr };
  return { kind: 'exited', exitCode: end.exitCode ?? 0, stderr };
}

function openThrough(path: string, spec: ChildSpec, onText: (text: string) => void): OutputFile {
  try {
    return openOutputFile(path, onText);
  } catch (cause) {
    throw new ExecError({ failure: 'spawn', ...describe(spec), cause });
  }
}

async function follow(
  { process: running, ended, stop }: Child,
  { signal, onStart, onInput }: LinesOptions,
  onText: (from: 'stdout' | 'stderr') => (text: string) => void,
): Promise<ChildEnd> {
  if (running.pid !== undefined) onStart?.(running.pid);
  onInput?.((text) => running.stdin?.write(text));
  running.stdout?.setEncoding('utf8').on('data', onText('stdout'));
  running.stderr?.setEncoding('utf8').on('data', onText('stderr'));
  signal.addEventListener('abort', stop, { once: true });
  const end = await ended;
  signal.removeEventListener('abort', stop);
  return end;
}

function collectOutput(child: Child, limit: number, onLimit: () => void): () => { stdout: string; stderr: string } {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let bytes = 0;
  const into = (chunks: Buffer[]) => (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limit) onLimit();
    else chunks.push(chunk);
  };
  child.process.stdout?.on('data', into(stdout));
  child.process.stderr?.on('data', into(stderr));
  return () => ({ stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
}

function failureOf(end: ChildEnd, spec: ChildSpec & RunOptions): { failure: ExecFailure; cause?: unknown } | undefined {
  if (end.startError !== undefined) return startFailure(end.startError, spec);
  if (end.signal !== undefined) return { failure: 'signal' };
  return (spec.acceptExitCodes ?? [0]).includes(end.exitCode ?? -1) ? undefined : { failure: 'exit' };
}

function startFailure(error: Error, spec: ChildSpec): { failure: ExecFailure; cause: unknown } {
  const code = 'code' in error ? error.code : undefined;
  const missing = code === 'ENOENT' || (code === 'EACCES' && !isOnPath(spec));
  return { failure: missing ? 'not-found' : 'spawn', cause: error };
}

// One folder of PATH that may not be searched turns "nowhere" into EACCES (execvp(3)).
function isOnPath({ command, env }: ChildSpec): boolean {
  if (command.includes('/')) return existsSync(command);
  const folders = (env?.['PATH'] ?? process.env['PATH'] ?? '').split(':');
  return folders.some((folder) => existsSync(join(folder, command)));
}

// Only what the error may show: the environment can hold secrets.
function describe(spec: ChildSpec): {
  command: string;
  args: readonly string[];
  input?: string | undefined;
  cwd?: string | undefined;
} {
  return { command: spec.command, args: spec.args, input: spec.input, cwd: spec.cwd };
}
