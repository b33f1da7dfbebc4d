import { type ChildProcess, spawn } from 'node:child_process';

/** What to start; `input` is written to its stdin, which otherwise is empty. */
export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly input?: string | undefined;
  /** Leave stdin open for more, until the child ends. */
  readonly keepsInput?: boolean | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /** From SIGTERM to SIGKILL; default 1,000. */
  readonly killAfterMs?: number | undefined;
  /** Open files that it writes to instead of pipes. */
  readonly writesTo?: { readonly stdout?: number; readonly stderr?: number } | undefined;
}

/** How it ended; `startError` when it never ran. */
export interface ChildEnd {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly startError?: Error;
}

/** A running child: `ended` never rejects and comes after the last byte of output. */
export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<ChildEnd>;
  /** SIGTERM, and SIGKILL `killAfterMs` later; may be called again. */
  stop(): void;
}

const defaultKillAfterMs = 1000;

/** Starts a child, never through a shell; throws what `spawn` throws (impossible arguments). */
export function startChild(spec: ChildSpec): Child {
  const child = spawn(spec.command, [...spec.args], {
    stdio: [
      spec.input === undefined && !spec.keepsInput ? 'ignore' : 'pipe',
      spec.writesTo?.stdout ?? 'pipe',
      spec.writesTo?.stderr ?? 'pipe',
    ],
    env: childEnv(spec.env),
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
  });
  let killer: NodeJS.Timeout | undefined;
  const ended = new Promise<ChildEnd>((resolve) => {
    child.on('error', (startError) => {
      if (child.pid === undefined) resolve({ exitCode: undefined, signal: undefined, startError });
    });
    child.once('close', (exitCode, signal) => {
      clearTimeout(killer);
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined });
    });
  });
  // Without a listener a child that exits before it has read its input takes us down with EPIPE.
  child.stdin?.on('error', () => {});
  if (!spec.keepsInput) child.stdin?.end(spec.input);
  const stop = () => {
    child.kill('SIGTERM');
    killer ??= setTimeout(() => {
      child.kill('SIGKILL');
      // A grandchild may still hold the pipes: 'close' would wait for it.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, spec.killAfterMs ?? defaultKillAfterMs);
  };
  return { process: child, ended, stop };
}

/** The environment of children: messages are parsed, so they come in English; and sbin is not on the path of ordinary users in Debian. */
export function childEnv(env: ChildSpec['env']): NodeJS.ProcessEnv {
  const path = (env?.['PATH'] ?? process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
  const missing = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'].filter((folder) => !path.includes(folder));
  return { ...process.env, LC_ALL: 'C', ...env, PATH: [...path, ...missing].join(':') };
}
