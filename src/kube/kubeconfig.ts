import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse, YAMLParseError } from 'yaml';
import { readTextIfExists } from '../platform/files.ts';
import { isRecord } from './object.ts';

/** Which API server, as whom. Without any: $KUBECONFIG, then ~/.kube/config, then the Pod's ServiceAccount (kubectl's order). */
export interface KubeconfigOptions {
  /** A file, or several joined as in $KUBECONFIG. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly inCluster?: boolean | undefined;
}

/** Reads the configuration anew; throws Error when a file is missing or malformed or the context does not exist. */
export async function readKubeconfig(options: KubeconfigOptions): Promise<KubeConfig> {
  const files = options.inCluster === true ? [] : await findFiles(options.kubeconfig);
  const config = files.length === 0 ? inClusterConfig(options) : await mergeFiles(files);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  checkCurrent(config, files);
  return config;
}

async function findFiles(kubeconfig: string | undefined): Promise<readonly string[]> {
  const listed = kubeconfig ?? process.env['KUBECONFIG'] ?? '';
  if (listed !== '') return listed.split(delimiter).filter((file) => file !== '');
  const home = join(homedir(), '.kube', 'config');
  return (await readTextIfExists(home)) === undefined ? [] : [home];
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

function inClusterConfig(options: KubeconfigOptions): KubeConfig {
  const host = process.env['KUBERNETES_SERVICE_HOST'] ?? '';
  if (host === '')
    throw new Error(
      options.inCluster === true
        ? 'not in a cluster: KUBERNETES_SERVICE_HOST is not set; run as a Pod or give a kubeconfig'
        : 'no API server is configured: set KUBECONFIG, make ~/.kube/config, or run as a Pod',
    );
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

function checkCurrent(config: KubeConfig, files: readonly string[]): void {
  const where = files.length === 0 ? 'the in-cluster configuration' : `kubeconfig ${files.join(delimiter)}`;
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
