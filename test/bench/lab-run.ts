import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '..', '..');

export interface LabRun {
  /** Told the lab's process as soon as there is one. */
  readonly onStart?: (pid: number) => void;
  /** Arguments of hack/lab/run. */
  readonly lab: readonly string[];
  /** A script of this folder, which runs inside and says what it measured as lines of JSON on stdout; progress goes to stderr. */
  readonly script: string;
  readonly args: readonly string[];
}

/** How a run in a lab ended: `interrupted` by SIGINT or SIGTERM, `failed` as stderr says. The lab is gone in any case. */
export type RunEnd = 'done' | 'interrupted' | 'failed';

/**
 * Runs a script in a lab of its own; `onLine` takes each of its lines, so that what was measured before a signal or a failure is
 * not lost. Sets the exit status of this process when it does not end well.
 */
export async function runInLab<T>({ lab, script, args, onStart }: LabRun, onLine: (line: T) => void): Promise<RunEnd> {
  const inside = [process.execPath, join(import.meta.dirname, script), ...args];
  const command = ['hack/lab/run', ...lab, '--', ...inside] as const;
  return runProgram(
    { command, what: `${script}: the lab or the script`, ...(onStart === undefined ? {} : { onStart }) },
    onLine,
  );
}

export interface ProgramRun extends Pick<LabRun, 'onStart'> {
  /** A program of the checkout, by its path in it, or one on the PATH. */
  readonly command: readonly [string, ...string[]];
  /** What it is called when it fails. */
  readonly what: string;
}

/** As `runInLab`, any program that says what it measured as lines of JSON on stdout. */
export async function runProgram<T>(
  { command, what, onStart }: ProgramRun,
  onLine: (line: T) => void,
): Promise<RunEnd> {
  const [program, ...args] = command;
  const child = spawn(program.includes('/') ? join(root, program) : program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onStart?.(child.pid ?? 0);
  let interrupted = false;
  const onSignal = () => {
    interrupted = true;
    child.kill('SIGTERM'); // ends the lab with all that is in it
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject).once('close', (status, signal) => resolve(`${status ?? signal}`));
  });
  let cut = '';
  createInterface({ input: child.stdout }).on('line', (line) => {
    try {
      onLine(JSON.parse(line) as T);
    } catch (error) {
      cut = `, and said ${line.slice(0, 80)}, which cannot be read: ${(error as Error).message}`;
    }
  });
  try {
    const status = await ended;
    if (status === '0' && !interrupted && cut === '') return 'done';
    process.exitCode = interrupted ? 130 : 1;
    if (!interrupted) progress(`${what} ended with ${status}${cut}; see above`);
    return interrupted ? 'interrupted' : 'failed';
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Inside: one line of what was measured. */
export function emit(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** Inside: ends the process well, once all its lines are written. */
export function leave(): void {
  process.stdout.write('', () => process.exit(0)); // what a pipe did not take at once would be lost
}

/** One line of progress. */
export function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
