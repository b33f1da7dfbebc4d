import { type Clock, systemClock } from '../platform/clock.ts';
import type { Runner } from '../platform/exec.ts';
import { readTextIfExists, watchFile } from '../platform/files.ts';
import { removeFile } from '../platform/folders.ts';
import { systemProcesses } from '../platform/process-table.ts';
import { sendSignal } from '../platform/signals.ts';
import type { Logger } from '../telemetry/log.ts';
import { endWhenFrozen, type FrozenOptions } from './end-frozen.ts';
import { watchPriority } from './watch-priority.ts';

/** A daemon that runs in the foreground by one file. */
export interface DaemonProgram {
  readonly command: string;
  readonly args: readonly string[];
  /** Whether it reads a changed file at SIGHUP; else it is started anew. */
  readonly reloads: boolean;
  /** Files that one that was killed leaves behind, and that keep the next from starting. */
  readonly leftovers: readonly string[];
  /** What it means that it does not run, for the log. */
  readonly without: string;
  /** A file that its output goes through, so that it never waits until somebody has read it. */
  readonly logFile?: string;
  /** Whether a line that it wrote is one of those that come with every packet: for the log's level debug. */
  isChatter?(line: string): boolean;
}

/** Who watches over what a daemon does. */
export interface DaemonWatcher {
  /** One began to run by this text; `end` ends it, and it is started anew. */
  onBegin(config: string, end: () => void): void;
  /** It was told to follow this text. */
  onChange(config: string): void;
  /** It no longer runs. */
  onEnd(): void;
  /** A line that it wrote. */
  onLine(line: string): void;
}

/** Watchers as one, each told of everything. */
export function watchTogether(...watchers: readonly DaemonWatcher[]): DaemonWatcher {
  return {
    onBegin: (config, end) => {
      for (const watcher of watchers) watcher.onBegin(config, end);
    },
    onChange: (config) => {
      for (const watcher of watchers) watcher.onChange(config);
    },
    onEnd: () => {
      for (const watcher of watchers) watcher.onEnd();
    },
    onLine: (line) => {
      for (const watcher of watchers) watcher.onLine(line);
    },
  };
}

export interface SupervisorOptions {
  readonly program: DaemonProgram;
  /** Its configuration as the agent writes it; absent or empty: no daemon. Its folder must exist. */
  readonly configPath: string;
  /** Told whenever the daemon begins or ceases to run. */
  onRunning(running: boolean): Promise<void>;
  /** Told at every look whether there is a configuration to run by. */
  onWanted?(wanted: boolean): void;
  /** Told some seconds after each start whether it has real-time priority. */
  onPriority?(isRealTime: boolean): void;
  readonly watcher?: DaemonWatcher;
  readonly runner: Runner;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** What the daemon must do next, from what it runs by and what the file says. */
export type Step = 'start' | 'change' | 'stop' | 'none';

/** Pure: the step from the configuration that runs (undefined: not running) to the one wanted (undefined: none). */
export function nextStep(running: string | undefined, wanted: string | undefined): Step {
  if (running === wanted) return 'none';
  if (wanted === undefined) return 'stop';
  return running === undefined ? 'start' : 'change';
}

/**
 * Keeps one daemon running by the file until the signal aborts: starts it, makes it follow when the text changed, restarts it
 * after a crash or when it stands still, stops it when the file is gone.
 */
export async function superviseDaemon(options: SupervisorOptions): Promise<void> {
  const { configPath, program, log, signal } = options;
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
      options.onWanted?.(wanted !== undefined);
      const step = nextStep(child?.config, wanted);
      if (step !== 'none') log.info({ step }, `${program.command}: configuration changed`);
      if (step === 'change' && child !== undefined && program.reloads) {
        reload(child, wanted ?? '');
        options.watcher?.onChange(child.config);
      } else if (step === 'stop' || step === 'change') {
        child = await stopped(child);
        await onRunning(false);
      }
      if (child === undefined && wanted !== undefined) {
        await Promise.all(program.leftovers.map(removeFile));
        child = startDaemon(options, wanted);
      }
      await onRunning(child?.hasEnded() === false);
      await Promise.race([changed, aborted, watching, ...(child === undefined ? [] : [child.ended])]);
      if (child?.hasEnded() !== true || signal.aborted) continue;
      failures = child.ranMs() > stableMs ? 0 : failures + 1;
      child = undefined;
      await onRunning(false);
      const pause = Math.min(maxPauseMs, 100 * 2 ** failures);
      log.error({ restartInMs: pause }, `${program.command} ended; ${program.without} until it runs again`);
      await options.clock.sleep(pause, signal).catch(() => {});
    }
  } finally {
    // Whatever ended the loop: without us keepalived would hold addresses that nobody moves.
    await stopped(child);
    await onRunning(false);
  }
  await watching;
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

function startDaemon(options: SupervisorOptions, config: string): Daemon {
  const { program, runner, clock, log } = options;
  const { command, args } = program;
  const stop = new AbortController();
  const end = new AbortController();
  const started = clock.monotonic();
  const onFrozen = (stopped: readonly number[]) => {
    log.error({ stopped }, `${command} stands still: somebody stopped it; it is ended and started anew`);
  };
  let pid: number | undefined;
  let over = false;
  options.watcher?.onBegin(config, () => stop.abort());
  const ended = runner
    .lines(command, args, {
      signal: stop.signal,
      output: 'stderr',
      through: program.logFile,
      killAfterMs: 5_000,
      onStart: (started) => {
        pid = started;
        watchProcesses(started, options, { signal: end.signal, onFrozen });
      },
      onLine: (line) => {
        log[program.isChatter?.(line) === true ? 'debug' : 'info']({ daemon: command }, line);
        options.watcher?.onLine(line);
      },
    })
    .then(
      (status) => log.info({ status }, `${command} ended`),
      (error: unknown) => log.error({ error: String(error) }, `${command} could not run`),
    )
    .finally(() => {
      over = true;
      end.abort();
      options.watcher?.onEnd();
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

// By the machine's own time, whatever the rest goes by: they look at real processes.
function watchProcesses(
  pid: number,
  { program, log, onPriority }: SupervisorOptions,
  watch: Pick<FrozenOptions, 'signal' | 'onFrozen'>,
): void {
  const looking = { ...watch, processes: systemProcesses, clock: systemClock };
  const cannotSee = (error: unknown) => {
    log.warn({ error: String(error) }, `cannot see whether ${program.command} stands still, or how urgent it is`);
  };
  endWhenFrozen(pid, looking).catch(cannotSee);
  if (onPriority !== undefined) watchPriority(pid, { ...looking, onPriority }).catch(cannotSee);
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
