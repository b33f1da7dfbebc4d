import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClientOptions, type KubeClient, loadClient } from '../../src/kube/client.ts';
import type { ApiServer } from './api-server.ts';

/** The product's client as the test server's admin, through `url` (a proxy; default the server itself). */
export async function loadTestClient(
  server: Pick<ApiServer, 'url' | 'dir' | 'caData' | 'adminToken'>,
  options: Partial<ClientOptions> & { readonly url?: string; readonly token?: string } = {},
): Promise<KubeClient & AsyncDisposable> {
  const { url = server.url, token = server.adminToken, ...rest } = options;
  const file = join(server.dir, `client-${Math.random().toString(16).slice(2)}.kubeconfig`);
  const trust = url.startsWith('https:')
    ? { 'certificate-authority-data': Buffer.from(server.caData).toString('base64') }
    : { 'insecure-skip-tls-verify': true };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: url, ...trust } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  return await loadClient({ userAgent: 'sallyport-test', ...rest, kubeconfig: file });
}
