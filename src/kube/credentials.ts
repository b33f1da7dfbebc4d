import { createHash } from 'node:crypto';
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../platform/clock.ts';
import { type KubeconfigOptions, readKubeconfig } from './kubeconfig.ts';

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

/** Where the client gets its credentials for each request. */
export interface CredentialSource {
  current(): Promise<Credentials>;
  /** The server answered 401 to `used`: reads all files again; false when that gave the same credentials. */
  renew(used: Credentials): Promise<boolean>;
}

/** How long credentials are used before token files, exec plugins and certificates are asked again; kubelet renews a token long before it expires. */
export const credentialsMaxAgeMs = 10_000;

/** Credentials of a kubeconfig or the Pod's ServiceAccount, by client-node's authenticators; throws Error at once when the configuration is unusable, not yet when a token file or a plugin is. */
export async function createCredentialSource(options: KubeconfigOptions, clock: Clock): Promise<CredentialSource> {
  let config = await readKubeconfig(options);
  let cached: { readonly at: number; readonly value: Promise<Credentials> } | undefined;
  const current = (): Promise<Credentials> => {
    const now = clock.monotonic();
    if (cached !== undefined && now - cached.at < credentialsMaxAgeMs) return cached.value;
    const value = resolveCredentials(config);
    const entry = { at: now, value };
    cached = entry;
    // A failed attempt (exec plugin, file being replaced) is not remembered.
    value.catch(() => {
      if (cached === entry) cached = undefined;
    });
    return value;
  };
  const renew = async (used: Credentials): Promise<boolean> => {
    if (secretOf(await current()) === secretOf(used)) {
      config = await readKubeconfig(options); // new authenticators too: they keep tokens of their own
      cached = undefined;
    }
    return secretOf(await current()) !== secretOf(used);
  };
  return { current, renew };
}

async function resolveCredentials(config: KubeConfig): Promise<Credentials> {
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Error('the current context names no cluster');
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const server = new URL(cluster.server);
  const tls: TlsOptions = {
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(options.cert === undefined ? {} : { cert: options.cert }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.servername === undefined ? {} : { servername: options.servername }),
    ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
  };
  const proxyUrl = cluster.proxyUrl ?? undefined;
  return {
    origin: server.origin,
    prefix: server.pathname.replace(/\/+$/, ''),
    headers: readHeaders(options),
    tls,
    proxyUrl,
    connectionDigest: digestOf([server.origin, proxyUrl, tls]),
  };
}

function readHeaders(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value).trim(); // a token file may end with a newline
  if (typeof options.auth === 'string')
    headers['authorization'] ??= `Basic ${Buffer.from(options.auth).toString('base64')}`;
  return headers;
}

const secretOf = (credentials: Credentials) => digestOf([credentials.connectionDigest, credentials.headers]);

const digestOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');
