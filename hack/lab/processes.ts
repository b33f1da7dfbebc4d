import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ProcessOptions {
  /** stdout and stderr are appended to it. */
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts a program of the lab that runs until the lab ends; whoever holds the child decides what its end means. */
export function startProcess(command: readonly string[], { log, env }: ProcessOptions): ChildProcess {
  const [program = '', ...args] = command;
  const file = openSync(log, 'a', 0o644);
  try {
    const child = spawn(program, args, { stdio: ['ignore', file, file], ...(env === undefined ? {} : { env }) });
    child.on('error', () => {}); // seen as its end
    return child;
  } finally {
    closeSync(file);
  }
}

/** Resolves when the child has ended, at once when it already has. */
export function waitForEnd(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}
