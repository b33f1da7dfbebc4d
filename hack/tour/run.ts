import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { command } from './screen.ts';

const execute = promisify(execFile);

/** Runs a program without a shell and returns its stdout, whatever its status unless `must`; throws with its stderr then. */
export async function run(argv: readonly string[], options: { readonly must?: boolean } = {}): Promise<string> {
  const [program = '', ...args] = argv;
  try {
    return (await execute(program, args, { maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    if (options.must !== true && error instanceof Error && 'stdout' in error) return String(error.stdout);
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`${argv.join(' ')}: ${stderr}`, { cause: error });
  }
}

/** Shows a command and runs it; throws when it fails. */
export async function show(argv: readonly string[]): Promise<string> {
  command(argv.join(' '));
  return await run(argv, { must: true });
}

/** Starts a program and lets it run: its stdout when it has ended. */
export function start(argv: readonly string[]): Promise<string> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return once(child, 'close').then(() => output);
}

/** Asks until `question` answers something, at most `seconds`; throws with what was waited for. */
export async function until<T>(what: string, seconds: number, question: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    const answer = await question();
    if (answer !== undefined) return answer;
  }
  throw new Error(`waited ${seconds} s in vain: ${what}`);
}
