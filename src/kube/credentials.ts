import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { readTextIfExists } from '../platform/files.ts';
import { type Credentials, digestOf } from './credential.ts';
import { openInCluster } from './in-cluster.ts';

/** Which API server, as whom. Without any: $KUBECONFIG, then ~/.kube/config, then the Pod's ServiceAccount (kubectl's order). */
export interface KubeconfigOptions {
  /** A file, or several joined as in $KUBECONFIG. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  readonly inCluster?: boolean | undefined;
}

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
  let resolve = await open(options);
  let cached: { readonly at: number; readonly value: Promise<Credentials> } | undefined;
  const current = (): Promise<Credentials> => {
    const now = clock.monotonic();
    if (cached !== undefined && now - cached.at < credentialsMaxAgeMs) return cached.value;
    const value = resolve();
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
      resolve = await open(options); // new authenticators too: they keep tokens of their own
      cached = undefined;
    }
    return secretOf(await current()) !== secretOf(used);
  };
  return { current, renew };
}

/** Reads files anew, asks plugins anew. */
type Resolve = () => Promise<Credentials>;

async function open(options: KubeconfigOptions): Promise<Resolve> {
  const files = options.inCluster === true ? [] : await findKubeconfigs(options.kubeconfig);
  if (files.length === 0) return openInCluster(options);
  // What a Pod's processes never ask for, they need not hold in memory: a fifth of an agent's.
  const { openKubeconfig } = await import('./kubeconfig.ts');
  return await openKubeconfig(files, options.context);
}

async function findKubeconfigs(kubeconfig: string | undefined): Promise<readonly string[]> {
  const listed = kubeconfig ?? process.env['KUBECONFIG'] ?? '';
  if (listed !== '') return listed.split(delimiter).filter((file) => file !== '');
  const home = join(homedir(), '.kube', 'config');
  return (await readTextIfExists(home)) === undefined ? [] : [home];
}

const secretOf = (credentials: Credentials) => digestOf([credentials.connectionDigest, credentials.headers]);
