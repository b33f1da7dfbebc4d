/** What a client needs to reach one API server: its URL, the PEM of its CA, a bearer token. */
export interface Access {
  readonly url: string;
  readonly caData: string;
  readonly token: string;
}

/** A kubeconfig for `access` (JSON, which is YAML). */
export function renderKubeconfig({ url, caData, token }: Access): string {
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(caData).toString('base64') };
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
