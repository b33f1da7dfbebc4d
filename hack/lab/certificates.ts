import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { apiAddress, apiPort } from './fixed-points.ts';
import { adminConfig, adminTokenFile, authorityFile, controlPlaneDir } from './paths.ts';
import { tool } from './tools.ts';

const alternativeNames = [
  `IP:${apiAddress.ipv4}`,
  `IP:${apiAddress.ipv6}`,
  'IP:127.0.0.1',
  'IP:10.96.0.1',
  'IP:fd00:10:96::1',
  'DNS:kubernetes',
  'DNS:kubernetes.default',
  'DNS:kubernetes.default.svc',
  'DNS:kubernetes.default.svc.cluster.local',
];

/** Makes the lab's authority, the API server's certificate, the key of ServiceAccount tokens, and admin.conf; answers the admin's token. */
export async function createCredentials(): Promise<string> {
  await mkdir(controlPlaneDir, { recursive: true, mode: 0o700 });
  const at = (name: string) => `${controlPlaneDir}/${name}`;
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];
  await tool([
    'openssl',
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=lab',
    '-keyout',
    at('ca.key'),
    '-out',
    authorityFile,
  ]);
  await tool([
    ...['openssl', 'req', '-x509', ...newKey, '-subj', '/CN=kube-apiserver'],
    ...['-CA', authorityFile, '-CAkey', at('ca.key'), '-keyout', at('server.key'), '-out', at('server.crt')],
    ...['-addext', `subjectAltName=${alternativeNames.join(',')}`, '-addext', 'basicConstraints=critical,CA:FALSE'],
  ]);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const token = randomBytes(24).toString('hex');
  await Promise.all([
    writeFile(at('tokens.key'), privateKey.export({ type: 'sec1', format: 'pem' }), { mode: 0o600 }),
    writeFile(at('tokens.pub'), publicKey.export({ type: 'spki', format: 'pem' })),
    writeFile(at('tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 }),
    writeFile(adminTokenFile, token, { mode: 0o600 }),
    writeFile(adminConfig, renderAdminConfig(token), { mode: 0o600 }),
  ]);
  return token;
}

function renderAdminConfig(token: string): string {
  const cluster = { 'certificate-authority': authorityFile, server: `https://${apiAddress.ipv4}:${apiPort}` };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'lab', cluster }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'admin' } }],
    'current-context': 'lab',
  });
}
