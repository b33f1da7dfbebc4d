import { type Command, InvalidArgumentError } from 'commander';
import { type Clock, systemClock } from '../platform/clock.ts';
import { exitAfter, onSignal, untilSignal } from '../platform/signals.ts';
import { createLogger, type LevelledLogger, type Logger, type LogLevel, nextLevel } from '../telemetry/log.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { type ListenAddress, type Readiness, serveTelemetry } from '../telemetry/server.ts';
import { version } from './version.ts';

/** What every long-lived process of ours stands on. */
export interface Shells {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly signal: AbortSignal;
}

/** Runs `work` until SIGTERM or SIGINT; an exception is logged, and ends the process with status 1. SIGUSR2 makes the log more detailed. */
export async function runProcess(
  program: Command,
  name: string,
  work: (shells: Shells) => Promise<void>,
): Promise<void> {
  const { logLevel } = program.opts<{ logLevel: LogLevel }>();
  const log = createLogger({ name, level: logLevel });
  using _detail = onSignal('SIGUSR2', () => turnLevel(log, logLevel));
  using stopping = untilSignal(['SIGTERM', 'SIGINT']);
  const over = new AbortController();
  const signal = AbortSignal.any([stopping.signal, over.signal]);
  log.info({ version, pid: process.pid }, 'started');
  try {
    await work({ clock: systemClock, log, metrics: createMetrics({ process: true }), signal });
    log.info({}, 'stopped');
  } catch (error) {
    log.error({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'ended by an error');
    process.exitCode = 1;
    // The end of its work is the end of the process: a half of it that lives on would look healthy.
    over.abort(error);
    exitAfter(8_000);
  }
}

// Not by HTTP: on a node's own network every program of the node could ask for it.
function turnLevel(log: LevelledLogger, first: LogLevel): void {
  const [before, level] = [log.level(), nextLevel(log.level(), first)];
  log.setLevel(level);
  log[level]({ before, level }, 'log level changed by SIGUSR2');
}

/** Serves probes and metrics; resolves when it listens. */
export async function serve(shells: Shells, listen: ListenAddress, ready: () => Readiness): Promise<void> {
  const { address } = await serveTelemetry({ ...shells, listen, ready });
  shells.log.info({ address }, 'serving /livez, /readyz and /metrics');
}

/** Parses `HOST:PORT` or `:PORT` of an option. */
export function parseListen(text: string): ListenAddress {
  const match = /^(.*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65535) throw new InvalidArgumentError('expected HOST:PORT, for example 127.0.0.1:8480');
  return { host: (match[1] ?? '').replace(/^\[|\]$/g, '') || '::', port };
}
