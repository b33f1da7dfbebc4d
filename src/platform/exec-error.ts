import { createHash } from 'node:crypto';

/** What went wrong: a status that was not accepted, a signal, no such program, or a limit of ours. */
export type ExecFailure = 'exit' | 'signal' | 'not-found' | 'spawn' | 'timeout' | 'abort' | 'output-limit';

/** Everything known about a run that failed; `stderr` is kept whole here and cut by the error. */
export interface ExecFailureDetails {
  readonly failure: ExecFailure;
  readonly command: string;
  readonly args: readonly string[];
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly stderr?: string | undefined;
  readonly input?: string | undefined;
  readonly cwd?: string | undefined;
  /** The limit that was met: milliseconds of a timeout, bytes of an output limit. */
  readonly limit?: number | undefined;
  readonly cause?: unknown;
}

/** Characters of stderr that are kept: its end, where programs say why they stop … */
const stderrTail = 4096;
/** … and of each line the first: nft quotes a whole command of ours, which may be half a megabyte, behind its one line of reason. */
const stderrLine = 500;

/** Debian package by program. */
const packages: Readonly<Record<string, string>> = {
  nft: 'nftables',
  arping: 'iputils-arping',
  ip: 'iproute2',
  bridge: 'iproute2',
  tc: 'iproute2',
  ss: 'iproute2',
  conntrack: 'conntrack',
  conntrackd: 'conntrackd',
  keepalived: 'keepalived',
  sysctl: 'procps',
  unshare: 'util-linux',
  nsenter: 'util-linux',
};

/** The one error of a program that could not be run to a good end. */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly failure: ExecFailure;
  readonly command: string;
  readonly args: readonly string[];
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  /** The last 4 KiB, of each line the first 500 characters. */
  readonly stderr: string;
  /** SHA-256 (hex) of what was written to stdin: finds the input in a log without repeating it. */
  readonly inputDigest: string | undefined;

  constructor(details: ExecFailureDetails) {
    const stderr = shortened(details.stderr ?? '').slice(-stderrTail);
    const inputDigest = details.input === undefined ? undefined : digest(details.input);
    super(messageFor(details, stderr.trim(), inputDigest), { cause: details.cause });
    this.failure = details.failure;
    this.command = details.command;
    this.args = details.args;
    this.exitCode = details.exitCode;
    this.signal = details.signal;
    this.timedOut = details.failure === 'timeout';
    this.stderr = stderr;
    this.inputDigest = inputDigest;
  }
}

function shortened(stderr: string): string {
  const lines = stderr.split('\n');
  return lines.map((line) => (line.length > stderrLine ? `${line.slice(0, stderrLine)}…` : line)).join('\n');
}

function messageFor(details: ExecFailureDetails, stderr: string, inputDigest: string | undefined): string {
  const line = [details.command, ...details.args].join(' ');
  const shown = line.length > 200 ? `${line.slice(0, 200)}…` : line;
  const input = inputDigest === undefined ? '' : ` (input sha256 ${inputDigest.slice(0, 12)})`;
  return `${shown}: ${outcome(details)}${input}${stderr === '' ? '' : `: ${stderr}`}`;
}

function outcome(details: ExecFailureDetails): string {
  switch (details.failure) {
    case 'exit':
      return `exited with ${details.exitCode}`;
    case 'signal':
      return `was killed by ${details.signal}`;
    case 'not-found':
      return notFound(details);
    case 'spawn':
      return `could not be started: ${details.cause instanceof Error ? details.cause.message : String(details.cause)}`;
    case 'timeout':
      return `did not end within ${details.limit} ms and was killed`;
    case 'abort':
      return 'was stopped because it is no longer wanted';
    case 'output-limit':
      return `wrote more than ${details.limit} bytes and was killed`;
  }
}

function notFound(details: ExecFailureDetails): string {
  if (details.cwd !== undefined) return `not found, or no directory ${details.cwd}`;
  const debian = Object.hasOwn(packages, details.command) ? packages[details.command] : undefined;
  return debian === undefined ? 'not found' : `not found; install the Debian package ${debian}`;
}

function digest(input: string): string {
  return createHash('sha256').update(input).digest('hex');
}
