import { spawn } from 'node:child_process';

export interface ToolOptions {
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** What it says on stderr is shown while it runs, too. */
  readonly shown?: boolean;
}

export interface ToolAnswer {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its status; rejects when it cannot be started. */
export async function tryTool(command: readonly string[], options: ToolOptions = {}): Promise<ToolAnswer> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { env: { ...process.env, ...options.env } });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text;
    });
  if (options.shown === true) child.stderr.on('data', (text: string) => void process.stderr.write(text));
  child.stdin.on('error', () => {}); // it ended without reading all: its status says why
  child.stdin.end(options.input ?? '');
  const status = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return { status, ...said };
}

/** Runs a program to its end and answers its stdout; throws with its stderr unless it exits 0. */
export async function tool(command: readonly string[], options: ToolOptions = {}): Promise<string> {
  const { status, stdout, stderr } = await tryTool(command, options);
  if (status === 0) return stdout;
  throw new Error(`${command.join(' ').slice(0, 300)}: ended with ${status}: ${stderr.trim().slice(-2000)}`);
}

/** Asks until there is an answer, at most `seconds`; throws with what was waited for. */
export async function until<T>(what: string, seconds: number, question: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + seconds * 1000;
  let last = '';
  for (;;) {
    try {
      const answer = await question();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = `: ${error instanceof Error ? error.message : String(error)}`;
    }
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain until ${what}${last}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
