import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';

/** Everything one connection and one request need to reach the API server as its user. */
export interface Credentials {
  /** Scheme, host and port. */
  readonly origin: string;
  /** '' or the path prefix of an API server behind a proxy, without a trailing slash. */
  readonly prefix: string;
  /** Secret: never logged, never in an error. */
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
  readonly proxyUrl: string | undefined;
  /** Changes when a connection made with the old value must not be used any more. */
  readonly connectionDigest: string;
}

export type TlsOptions = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized'>;

/** Of whatever is JSON; secrets go in, none comes out. */
export const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
