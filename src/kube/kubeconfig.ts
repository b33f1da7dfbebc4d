import type { RequestOptions } from 'node:https';
import { delimiter, dirname, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse, YAMLParseError } from 'yaml';
import { readTextIfExists } from '../platform/files.ts';
import { type Credentials, digestOf, type TlsOptions } from './credential.ts';
import { isRecord } from './object.ts';

/** What the kubeconfig files say, by client-node's authenticators; throws Error when a file is missing or malformed or the context does not exist. */
export async function openKubeconfig(
  files: readonly string[],
  context: string | undefined,
): Promise<() => Promise<Credentials>> {
  const config = await mergeFiles(files);
  if (context !== undefined) config.setCurrentContext(context);
  checkCurrent(config, files);
  return () => resolveCredentials(config);
}

async function mergeFiles(files: readonly string[]): Promise<KubeConfig> {
  const configs = await Promise.all(files.map(readOne));
  const [first = new KubeConfig(), ...others] = configs;
  for (const other of others) first.mergeConfig(other, true);
  return first;
}

async function readOne(file: string): Promise<KubeConfig> {
  const text = await readTextIfExists(file);
  if (text === undefined) throw new Error(`kubeconfig ${file} does not exist: give another file`);
  const config = new KubeConfig();
  try {
    config.loadFromString(JSON.stringify(withTokenFiles(parse(text) ?? {}, dirname(file))));
  } catch (error) {
    // The cause is left out: a YAML error quotes the text around it, and that may be a token.
    const what =
      error instanceof YAMLParseError
        ? `is not YAML: line ${error.linePos?.[0].line}`
        : `is malformed (${error instanceof Error ? error.name : 'error'})`;
    throw new Error(`kubeconfig ${file} ${what}`);
  }
  config.makePathsAbsolute(dirname(file));
  return config;
}

// client-node 2.0.1 knows neither the standard key `tokenFile` nor rotation of its own `token-file`; its in-cluster
// authenticator knows both, so users with a token file are given that one.
function withTokenFiles(config: unknown, dir: string): unknown {
  if (!isRecord(config) || !Array.isArray(config['users'])) return config;
  const users = config['users'].map((entry: unknown) => {
    const user = isRecord(entry) ? entry['user'] : undefined;
    const tokenFile = isRecord(user) ? (user['tokenFile'] ?? user['token-file']) : undefined;
    if (!isRecord(entry) || !isRecord(user) || typeof tokenFile !== 'string') return entry;
    const { token: _, tokenFile: __, 'token-file': ___, ...rest } = user;
    const provider = { name: 'tokenFile', config: { tokenFile: resolve(dir, tokenFile) } };
    return { ...entry, user: { ...rest, 'auth-provider': provider } };
  });
  return { ...config, users };
}

function checkCurrent(config: KubeConfig, files: readonly string[]): void {
  const where = `kubeconfig ${files.join(delimiter)}`;
  const name = config.getCurrentContext();
  const known = config.getContexts().map((context) => context.name);
  if (known.length === 0) throw new Error(`${where} has no contexts: give another file`);
  if (name === undefined || name === '')
    throw new Error(`${where} has no current context: choose one of ${known.join(', ')}`);
  if (!known.includes(name))
    throw new Error(`${where} has no context ${JSON.stringify(name)}: choose one of ${known.join(', ')}`);
  if (config.getCurrentCluster() === null)
    throw new Error(`${where}: context ${name} names a cluster that is not there`);
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
