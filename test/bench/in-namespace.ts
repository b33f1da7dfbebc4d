import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A script of this folder that runs in a network namespace, takes commands as lines and answers with lines of JSON. */
export interface NamespaceScript {
  readonly tell: (line: string) => void;
  /** Its next line. */
  readonly next: <T>() => Promise<T>;
  readonly stop: () => Promise<void>;
}

/** Starts the script in the namespace of this file (/run/netns/NAME, /run/lab/pods/NS/NAME). */
export function startScript(netns: string, script: string, args: readonly (string | number)[]): NamespaceScript {
  const path = join(import.meta.dirname, script);
  const command = [`--net=${netns}`, '--', process.execPath, path, ...args.map(String)];
  const child = spawn('nsenter', command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on('error', () => {}); // it has ended: `next` says so
  return {
    tell: (line) => void child.stdin.write(`${line}\n`),
    next: async <T>() => {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${script} in ${netns} ended with ${child.exitCode ?? child.signalCode}`);
      return JSON.parse(value) as T;
    },
    stop: () => stopChild(child, () => child.stdin.end()),
  };
}

/** Resolves when the child has ended; SIGKILL after three seconds. */
export async function stopChild(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
  ask();
  await exit;
  clearTimeout(late);
}
