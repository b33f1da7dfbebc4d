import { type DestinationStream, pino, stdTimeFunctions } from 'pino';
import { redact, redactText } from './redact.ts';

export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Facts first, then a short constant sentence: `log.warn({ node, error }, 'report refused')`. */
export type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** What the rest of the program knows of logging; tests pass four functions. */
export type Logger = Readonly<Record<LogLevel, Log>>;

export interface LoggerOptions {
  /** The process: controller, agent, failover. */
  readonly name: string;
  readonly level: LogLevel;
  /** Default: stdout, written before the call returns, so that nothing is lost when the process ends. */
  readonly destination?: DestinationStream;
}

/** A logger whose level may change while it is used. */
export interface LevelledLogger extends Logger {
  level(): LogLevel;
  setLevel(level: LogLevel): void;
}

/** One JSON object per line, {level, time, logger, …fields, msg}; tokens, passwords and Authorization values are masked. */
export function createLogger(options: LoggerOptions): LevelledLogger {
  const sink = pino(
    {
      level: options.level,
      base: { logger: options.name },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (level) => ({ level }) },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
  const at =
    (level: LogLevel): Log =>
    (fields, message) => {
      // Before copying anything: a debug line that nobody reads costs nothing.
      if (sink.isLevelEnabled(level)) sink[level](redact(fields), redactText(message));
    };
  return {
    ...{ debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    level: () => logLevels.find((level) => level === sink.level) ?? options.level,
    setLevel: (level) => {
      sink.level = level;
    },
  };
}

/** Pure: the next more detailed level; after the most detailed one that with which the process began. */
export function nextLevel(current: LogLevel, first: LogLevel): LogLevel {
  return logLevels[logLevels.indexOf(current) - 1] ?? first;
}
