import type { Clock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists, watchFile } from '../platform/files.ts';
import { removeFile } from '../platform/folders.ts';
import { sendSignal } from '../platform/signals.ts';
import type { Logger } from '../telemetry/log.ts';

export interface SupervisorOptions {
  /** keepalived.conf as the agent writes it; absent or empty: no keepalived. Its folder must exist. */
  readonly configPath: string;
  /** Told whenever keepalived begins or ceases to run. */
  onRunning(running: boolean): Promise<void>;
  /** A folder of its own for pid files. */
  readonly stateDir: string;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What keepalived must do next, from what it runs by and what the file says. */
export type Step = 'start' | 'reload' | 'stop' | 'none';

/** Pure: the step from the configuration that runs (undefined: not running) to the one wanted (undefined: none). */
export function nextStep(running: string | undefined, wanted: string | undefined): Step {
  if (running === wanted) return 'none';
  if (wanted === undefined) return 'stop';
  return running === undefined ? 'start' : 'reload';
}

/**
 * Keeps one keepalived (2.2.7) running by the file until the signal aborts: starts, reloads by SIGHUP when its text changed,
 * restarts after a crash, stops it (which gives the addresses up) when the file is gone.
 */
export async function superviseKeepalived(options: SupervisorOptions): Promise<void> {
  const { configPath, log, signal } = options;
  let child: Daemon | undefined;
  let failures = 0;
  let wake = () => {};
  const watching = watchFile(configPath, { signal, onChange: () => wake() });
  const onRunning = (running: boolean) =>
    options.onRunning(running).catch((error: unknown) => log.warn({ error: String(error) }, 'state not written'));
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    while (!signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const wanted = await readConfig(configPath);
      const step = nextStep(child?.config, wanted);
      if (step !== 'none') log.info({ step }, 'keepalived: configuration changed');
      if (step === 'stop') child = await stopped(child);
      if (step === 'reload' && child !== undefined) reload(child, wanted ?? '');
      if (step === 'start') {
        // keepalived takes the pid file of one that was killed for a running daemon, and refuses to start.
        await Promise.all(pidFiles(options.stateDir).map(removeFile));
        child = startDaemon(options, wanted ?? '');
      }
      await onRunning(child?.hasEnded() === false);
      await Promise.race([changed, aborted, watching, ...(child === undefined ? [] : [child.ended])]);
      if (child?.hasEnded() !== true || signal.aborted) continue;
      failures = child.ranMs() > stableMs ? 0 : failures + 1;
      child = undefined;
      await onRunning(false);
      const pause = Math.min(maxPauseMs, 100 * 2 ** failures);
      log.error(
        { restartInMs: pause },
        'keepalived ended; this node has no vote in its failover groups until it runs again',
      );
      await options.clock.sleep(pause, signal).catch(() => {});
    }
  } finally {
    // Whatever ended the loop: without us keepalived would hold addresses that nobody moves.
    await stopped(child);
    await onRunning(false);
  }
  await watching;
}

function pidFiles(stateDir: string): readonly [string, string] {
  return [`${stateDir}/keepalived.pid`, `${stateDir}/vrrp.pid`];
}

const stableMs = 30_000;
const maxPauseMs = 5_000;

interface Daemon {
  /** The text it runs by. */
  config: string;
  readonly pid: () => number | undefined;
  readonly ended: Promise<void>;
  readonly hasEnded: () => boolean;
  readonly ranMs: () => number;
  stop(): void;
}

function startDaemon({ runner, clock, log, configPath, stateDir }: SupervisorOptions, config: string): Daemon {
  const stop = new AbortController();
  const started = clock.monotonic();
  let pid: number | undefined;
  let over = false;
  const [pidFile, vrrpPidFile] = pidFiles(stateDir);
  const pids = [`--pid=${pidFile}`, `--vrrp_pid=${vrrpPidFile}`];
  const ended = runner
    .lines(
      'keepalived',
      ['--dont-fork', '--log-console', '--log-detail', '--vrrp', `--use-file=${configPath}`, ...pids],
      {
        signal: stop.signal,
        output: 'stderr',
        killAfterMs: 5_000,
        onStart: (started) => {
          pid = started;
        },
        onLine: (line) => log.info({ daemon: 'keepalived' }, line),
      },
    )
    .then(
      (status) => log.info({ status }, 'keepalived ended'),
      (error: unknown) => log.error({ error: String(error) }, 'keepalived could not run'),
    )
    .finally(() => {
      over = true;
    });
  return {
    config,
    pid: () => pid,
    ended,
    hasEnded: () => over,
    ranMs: () => clock.monotonic() - started,
    stop: () => stop.abort(),
  };
}

function reload(child: Daemon, config: string): void {
  const pid = child.pid();
  if (pid !== undefined) sendSignal(pid, 'SIGHUP');
  child.config = config;
}

async function stopped(child: Daemon | undefined): Promise<undefined> {
  child?.stop();
  await child?.ended;
  return undefined;
}

async function readConfig(path: string): Promise<string | undefined> {
  const text = await readTextIfExists(path);
  return text === undefined || text.trim() === '' ? undefined : text;
}
