import { isIPv6 } from 'node:net';
import { readTextIfExists } from '../platform/files.ts';
import { type Credentials, digestOf } from './credential.ts';

export interface InClusterOptions {
  readonly context?: string | undefined;
  readonly inCluster?: boolean | undefined;
  /** Where a Pod has the files of its ServiceAccount. */
  readonly folder?: string;
}

/** The Pod's ServiceAccount, its token and CA read anew each time: the kubelet replaces both. Throws Error at once where this is no Pod. */
export function openInCluster(options: InClusterOptions): () => Promise<Credentials> {
  const { folder = '/var/run/secrets/kubernetes.io/serviceaccount' } = options;
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
  if (host === '')
    throw new Error(
      options.inCluster === true
        ? 'not in a cluster: KUBERNETES_SERVICE_HOST is not set; run as a Pod or give a kubeconfig'
        : 'no API server is configured: set KUBECONFIG, make ~/.kube/config, or run as a Pod',
    );
  if (options.context !== undefined)
    throw new Error(`a Pod's ServiceAccount has no context ${JSON.stringify(options.context)}: give a kubeconfig`);
  const { origin } = new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${port}`);
  const read = async (file: string): Promise<string> => {
    const text = await readTextIfExists(`${folder}/${file}`);
    if (text === undefined) throw new Error(`${folder}/${file} does not exist: let the Pod mount its ServiceAccount`);
    return text;
  };
  return async () => {
    const [token, ca] = await Promise.all([read('token'), read('ca.crt')]);
    const tls = { ca };
    return {
      ...{ origin, prefix: '', proxyUrl: undefined, tls },
      headers: { authorization: `Bearer ${token.trim()}` },
      connectionDigest: digestOf([origin, tls]),
    };
  };
}
