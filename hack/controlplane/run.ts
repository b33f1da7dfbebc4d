import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with every line of stderr. */
  readonly onError?: (line: string) => void;
}

/** Runs a program to its end and answers what it wrote to stdout; throws with the tail of its stderr when it fails. */
export async function run(command: readonly [string, ...string[]], options: RunOptions = {}): Promise<string> {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd: options.cwd, env: options.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  const errors: string[] = [];
  let partial = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => {
    const lines = (partial + chunk.toString('utf8')).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) {
      options.onError?.(line);
      if (errors.push(line) > 40) errors.shift();
    }
  });
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  if (status !== 0) throw new Error(`${command.join(' ')}: ended with ${status}\n${[...errors, partial].join('\n')}`);
  return Buffer.concat(output).toString('utf8');
}

/** Prints one line of progress to stderr. */
export function say(text: string): void {
  process.stderr.write(`control plane: ${text}\n`);
}

/** Runs one step of the set-up and prints its name with the seconds it took. */
export async function timed<T>(name: string, step: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await step();
  say(`${name}: done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return value;
}
