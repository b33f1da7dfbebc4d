import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A program that a test started: ends with the test's process, its output goes to `log`. */
export interface TestProcess {
  readonly pid: number;
  readonly log: string;
  /** True until the program has ended. */
  alive(): boolean;
  /** Sends `signal` and waits for the end; after `patience` ms it sends SIGKILL. */
  end(signal: NodeJS.Signals, patience?: number): Promise<void>;
  /** Sends `signal` and returns at once: SIGSTOP and SIGCONT freeze and thaw. */
  signal(signal: NodeJS.Signals): void;
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts `argv[0]` with output appended to the file `log`; the kernel kills it when this process dies (prctl(2) PR_SET_PDEATHSIG, by setpriv of util-linux where there is one). */
export function startProcess(argv: readonly string[], log: string): TestProcess {
  const setpriv = setprivPaths.find(existsSync);
  const [program = '', ...args] = setpriv === undefined ? argv : [setpriv, '--pdeathsig', 'KILL', ...argv];
  const out = openSync(log, 'a');
  const child = spawn(program, args, { stdio: ['ignore', out, out] });
  closeSync(out);
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  }).then(() => void running.delete(child));
  const alive = () => running.has(child);
  return {
    pid: child.pid ?? 0,
    log,
    alive,
    signal: (signal) => void child.kill(signal),
    end: async (signal, patience = 10_000) => {
      if (!alive()) return ended;
      child.kill(signal);
      const timer = new AbortController();
      const late = delay(patience, undefined, { signal: timer.signal, ref: false }).then(
        () => void child.kill('SIGKILL'),
        () => undefined,
      );
      await ended;
      timer.abort();
      await late;
    },
  };
}

const setprivPaths = ['/usr/bin/setpriv', '/bin/setpriv'];

/** The last `lines` lines of a process's log, for error messages. */
export async function tailLog(path: string, lines = 20): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '(no log)');
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/** Resolves when `probe` returns true; throws with `what` and the log's tail when `process` ends, `signal` aborts or `limit` ms pass. */
export async function waitUntil(
  probe: () => Promise<boolean>,
  options: {
    readonly what: string;
    readonly process?: TestProcess;
    readonly signal?: AbortSignal;
    readonly limit?: number;
  },
): Promise<void> {
  const { what, process: watched, signal, limit = 60_000 } = options;
  const deadline = performance.now() + limit;
  for (;;) {
    signal?.throwIfAborted();
    if (await probe()) return;
    const log = async () => (watched === undefined ? '' : `\n${await tailLog(watched.log)}`);
    if (watched?.alive() === false)
      throw new Error(`${what}: the process ended before it was ready; its log says:${await log()}`);
    if (performance.now() > deadline)
      throw new Error(`${what}: not ready after ${limit} ms; the log ends with:${await log()}`);
    await delay(50);
  }
}
