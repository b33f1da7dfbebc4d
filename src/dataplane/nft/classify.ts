import { ExecError } from '../../platform/exec-error.ts';

/**
 * Why nft refused. `conflict`: another program changed the ruleset meanwhile; read and diff again. `exists`, `not-found`
 * and `busy` mean that what was read is no longer so: the same cure. `too-large`: more than the netlink socket takes.
 */
export type NftFailure =
  | 'not-found'
  | 'exists'
  | 'busy'
  | 'conflict'
  | 'permission'
  | 'too-large'
  | 'unsupported'
  | 'syntax'
  | 'unavailable'
  | 'other';

/** The one error of this folder; `line` counts from 1 in the transaction's text. */
export class NftError extends Error {
  override readonly name = 'NftError';
  readonly failure: NftFailure;
  readonly line: number | undefined;

  constructor(details: { failure: NftFailure; message: string; line?: number | undefined; cause?: unknown }) {
    super(details.message, { cause: details.cause });
    this.failure = details.failure;
    this.line = details.line;
  }
}

/** In order: the first that matches counts. Messages of nft 1.0.6 to 1.1.5 under LC_ALL=C. */
const patterns: readonly (readonly [NftFailure, RegExp])[] = [
  ['permission', /Operation not permitted|Permission denied/],
  ['too-large', /Message too long|No buffer space available/],
  ['conflict', /Interrupted system call|Resource temporarily unavailable/],
  ['syntax', /syntax error|Error: unknown|No symbol type|datatype mismatch|expression.*invalid|invalid.*expression/i],
  ['not-found', /No such file or directory|does not exist/],
  ['exists', /File exists|already exists|conflicting (intervals|protocols)|interval overlaps/],
  ['busy', /Device or resource busy/],
  ['unsupported', /Operation not supported|Not supported|Protocol not supported/],
];

const remedies: Readonly<Partial<Record<NftFailure, string>>> = {
  permission: 'run with CAP_NET_ADMIN',
  'too-large': 'run as root of the machine, or raise net.core.wmem_max: unprivileged namespaces cannot exceed it',
  unsupported: 'the kernel lacks a feature: 5.16 with nf_tables and its netdev egress hook is needed',
};

/** Any failure of running nft as one NftError; `text` is the transaction, to quote the refused line. */
export function classifyNftError(error: unknown, text?: string): NftError {
  if (error instanceof NftError) return error;
  const stderr = error instanceof ExecError ? error.stderr : '';
  const refused = error instanceof ExecError && error.failure === 'exit';
  const failure = refused ? (patterns.find(([, pattern]) => pattern.test(stderr))?.[0] ?? 'other') : 'unavailable';
  const line = refused ? lineOf(stderr) : undefined;
  const message = error instanceof Error ? error.message : String(error);
  const parts = [message.trim(), quote(text, line), remedies[failure]].filter((part) => part !== undefined);
  return new NftError({ failure, line, message: parts.join('; '), cause: error });
}

function lineOf(stderr: string): number | undefined {
  const match = /^\S+:(\d+):\d+(?:-\d+)?: Error/m.exec(stderr);
  return match === null ? undefined : Number(match[1]);
}

function quote(text: string | undefined, line: number | undefined): string | undefined {
  if (text === undefined || line === undefined) return undefined;
  const refused = text.split('\n')[line - 1] ?? '';
  return `line ${line} is: ${refused.length > 200 ? `${refused.slice(0, 200)}…` : refused}`;
}
