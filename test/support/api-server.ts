import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from './api-client.ts';
import { findBinaries } from './binaries.ts';
import { startProcess, type TestProcess, waitUntil } from './child-process.ts';
import { findFreePorts } from './free-port.ts';

export interface ApiServerOptions {
  readonly signal?: AbortSignal;
  /** kube-apiserver flags without the dashes, over the fixture's own. */
  readonly flags?: Readonly<Record<string, string>>;
  /** Folder of etcd and kube-apiserver; default: `findBinaries()`. */
  readonly binaries?: string;
}

/** A real etcd and kube-apiserver on loopback ports, with RBAC and an admin token; no controllers, so no ServiceAccounts by themselves and no garbage collection. */
export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly adminToken: string;
  /** Path of a kubeconfig with the admin token. */
  readonly kubeconfig: string;
  /** PEM of the serving certificate's CA. */
  readonly caData: string;
  /** Everything the two programs write (etcd/, certs/, *.log); removed at dispose. */
  readonly dir: string;
  readonly binaries: string;
  readonly etcdUrl: string;
  /** The admin's client, closed at dispose. */
  readonly client: ApiClient;
  /** SIGTERM to kube-apiserver, waits for its end; etcd stays. */
  stop(): Promise<void>;
  /** SIGKILL to kube-apiserver, waits for its end; etcd stays. */
  kill(): Promise<void>;
  /** Starts kube-apiserver again on the same port and data (stops it first if need be), with `flags` over those of the start; resolves when ready. */
  restart(flags?: Readonly<Record<string, string>>): Promise<void>;
}

/** Starts the pair and resolves when /readyz says ok and the namespace default exists (2–5 s on two cores); the processes die with this one. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const binaries = options.binaries ?? (await findBinaries());
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-api-'));
  let failure: unknown;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      return await startPair({ ...options, binaries }, dir);
    } catch (error) {
      failure = error;
      if (!String(error).includes('address already in use')) break; // a lost race for a port: try others
    }
  }
  await rm(dir, { recursive: true, force: true });
  throw failure;
}

async function startPair(options: ApiServerOptions & { readonly binaries: string }, dir: string): Promise<ApiServer> {
  const { binaries, signal } = options;
  const [etcdPort = 0, peerPort = 0, apiPort = 0] = await findFreePorts(3);
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const url = `https://127.0.0.1:${apiPort}`;
  const adminToken = await writeCredentials(dir);
  const baseFlags = { ...apiServerFlags({ dir, etcdUrl, port: apiPort }), ...options.flags };
  const etcd = startProcess(
    [join(binaries, 'etcd'), ...renderFlags(etcdFlags({ dir, etcdUrl, peerPort }))],
    join(dir, 'etcd.log'),
  );
  let server: TestProcess | undefined;
  const launch = async (flags: Readonly<Record<string, string>>) => {
    server = startProcess([join(binaries, 'kube-apiserver'), ...renderFlags(flags)], join(dir, 'kube-apiserver.log'));
    return await waitReady({ url, adminToken, dir, process: server, ...(signal === undefined ? {} : { signal }) });
  };
  const end = async () => {
    await server?.end('SIGKILL');
    await etcd.end('SIGKILL');
  };
  try {
    await waitUntil(() => isHealthy(etcdUrl), {
      what: 'etcd',
      process: etcd,
      ...(signal === undefined ? {} : { signal }),
    });
    const caData = await launch(baseFlags);
    const client = createApiClient({ url, caData, token: adminToken });
    const dispose = async () => {
      signal?.removeEventListener('abort', onAbort);
      await end();
      await client[Symbol.asyncDispose]();
      await rm(dir, { recursive: true, force: true });
    };
    const onAbort = () => void dispose();
    signal?.addEventListener('abort', onAbort, { once: true });
    const kubeconfig = join(dir, 'admin.kubeconfig');
    await writeFile(kubeconfig, renderKubeconfig({ url, caData, token: adminToken }));
    return {
      url,
      adminToken,
      kubeconfig,
      caData,
      dir,
      binaries,
      etcdUrl,
      client,
      stop: async () => void (await server?.end('SIGTERM', 15_000)),
      kill: async () => void (await server?.end('SIGKILL')),
      restart: async (flags = {}) => {
        await server?.end('SIGTERM', 15_000);
        await launch({ ...baseFlags, ...flags });
      },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A kubeconfig (JSON, which is YAML) for one server and one bearer token. */
export function renderKubeconfig(options: {
  readonly url: string;
  readonly caData: string;
  readonly token: string;
}): string {
  const cluster = { server: options.url, 'certificate-authority-data': Buffer.from(options.caData).toString('base64') };
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'test', user: { token: options.token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
      'current-context': 'test',
    },
    null,
    2,
  )}\n`;
}

async function writeCredentials(dir: string): Promise<string> {
  const token = randomBytes(16).toString('hex');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(join(dir, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(join(dir, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  return token;
}

function etcdFlags({
  dir,
  etcdUrl,
  peerPort,
}: {
  readonly dir: string;
  readonly etcdUrl: string;
  readonly peerPort: number;
}) {
  return {
    'data-dir': join(dir, 'etcd'),
    'unsafe-no-fsync': 'true',
    'log-level': 'error',
    'listen-client-urls': etcdUrl,
    'advertise-client-urls': etcdUrl,
    'listen-peer-urls': `http://127.0.0.1:${peerPort}`,
  };
}

function apiServerFlags({
  dir,
  etcdUrl,
  port,
}: {
  readonly dir: string;
  readonly etcdUrl: string;
  readonly port: number;
}) {
  return {
    'etcd-servers': etcdUrl,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    'secure-port': String(port),
    'cert-dir': join(dir, 'certs'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': join(dir, 'sa.key'),
    'service-account-signing-key-file': join(dir, 'sa.key'),
    'service-cluster-ip-range': '10.96.0.0/16',
    'token-auth-file': join(dir, 'tokens.csv'),
    'authorization-mode': 'Node,RBAC',
    'allow-privileged': 'true',
    'endpoint-reconciler-type': 'none', // a loopback address is refused in the Endpoints of the Service kubernetes
    'shutdown-delay-duration': '0s',
  };
}

const renderFlags = (flags: Readonly<Record<string, string>>) =>
  Object.entries(flags).map(([name, value]) => `--${name}=${value}`);

async function isHealthy(etcdUrl: string): Promise<boolean> {
  return await fetch(`${etcdUrl}/health`).then(
    (answer) => answer.ok,
    () => false,
  );
}

/** Waits for readiness and returns the CA of the certificate that kube-apiserver made in its cert-dir. */
async function waitReady(options: {
  readonly url: string;
  readonly adminToken: string;
  readonly dir: string;
  readonly process: TestProcess;
  readonly signal?: AbortSignal;
}): Promise<string> {
  const { url, adminToken, dir, ...wait } = options;
  const readCa = () => readFile(join(dir, 'certs', 'apiserver.crt'), 'utf8').catch(() => '');
  await waitUntil(async () => (await readCa()) !== '', { what: 'kube-apiserver', ...wait });
  const caData = await readCa();
  await using client = createApiClient({ url, caData, token: adminToken });
  const answers = (path: string) =>
    client.request(path).then(
      (answer) => answer.status === 200,
      () => false,
    );
  await waitUntil(async () => (await answers('/readyz')) && (await answers('/api/v1/namespaces/default')), {
    what: 'kube-apiserver',
    ...wait,
  });
  return caData;
}
