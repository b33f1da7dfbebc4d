import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from './api-client.ts';
import { apiServerFlags, commandLine, etcdFlags, type Flags, type Place } from './api-server-flags.ts';
import { findBinaries } from './binaries.ts';
import { startProcess, type TestProcess, waitUntil } from './child-process.ts';
import { findFreePorts } from './free-port.ts';
import { renderKubeconfig } from './kubeconfig.ts';

export interface ApiServerOptions {
  /** Ends both programs and removes their files. */
  readonly signal?: AbortSignal;
  /** kube-apiserver flags without the dashes, over the fixture's own. */
  readonly flags?: Flags;
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
  /** Processes of the two programs as they are now. */
  pids(): { readonly server: number; readonly etcd: number };
  /** The admin's client, closed at dispose. */
  readonly client: ApiClient;
  /** SIGTERM to kube-apiserver, waits for its end; etcd stays. */
  stop(): Promise<void>;
  /** SIGKILL to kube-apiserver, waits for its end; etcd stays. */
  kill(): Promise<void>;
  /** Starts kube-apiserver again on the same port and data (stops it first if need be), with `flags` over those of the start; resolves when ready. */
  restart(flags?: Flags): Promise<void>;
  /** SIGSTOP and SIGCONT to kube-apiserver: connections stay open and nobody answers. */
  freeze(): void;
  thaw(): void;
}

/** Starts the pair and resolves when /readyz says ok and the namespace default exists (3–5 s on two cores); the programs die with this process. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const binaries = options.binaries ?? (await findBinaries());
  for (let attempt = 1; ; attempt++) {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-api-'));
    try {
      return await startPair({ ...options, binaries }, dir);
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      const lostPort = /address already in use/.test(String(error)); // somebody took it since findFreePorts
      if (!lostPort || attempt === 3) throw error;
    }
  }
}

type PairOptions = ApiServerOptions & { readonly binaries: string };

async function startPair({ binaries, signal, flags }: PairOptions, dir: string): Promise<ApiServer> {
  const [etcdPort = 0, peerPort = 0, port = 0] = await findFreePorts(3);
  const place: Place = { dir, etcdUrl: `http://127.0.0.1:${etcdPort}`, peerPort, port };
  const adminToken = await writeCredentials(dir);
  await using started = new AsyncDisposableStack();
  const wait = signal === undefined ? {} : { signal };
  const etcd = startProcess(commandLine(join(binaries, 'etcd'), etcdFlags(place)), join(dir, 'etcd.log'));
  started.defer(() => etcd.end('SIGKILL'));
  await waitUntil(() => isHealthy(place.etcdUrl), { what: 'etcd', process: etcd, ...wait });
  const server = controlServer({ binaries, place, adminToken, flags: { ...apiServerFlags(place), ...flags }, ...wait });
  started.defer(server.kill);
  await server.restart();
  const access = { url: `https://127.0.0.1:${port}`, caData: await readCa(dir), token: adminToken };
  const client = started.use(createApiClient(access));
  const kubeconfig = join(dir, 'admin.kubeconfig');
  await writeFile(kubeconfig, renderKubeconfig(access));
  const running = started.move();
  const pids = () => ({ server: server.pid(), etcd: etcd.pid });
  const dispose = async () => {
    signal?.removeEventListener('abort', dispose);
    await running.disposeAsync();
    await rm(dir, { recursive: true, force: true });
  };
  signal?.addEventListener('abort', dispose, { once: true });
  const { url, caData } = access;
  return {
    ...server,
    pids,
    url,
    adminToken,
    kubeconfig,
    caData,
    dir,
    binaries,
    etcdUrl: place.etcdUrl,
    client,
    [Symbol.asyncDispose]: dispose,
  };
}

interface ServerOptions {
  readonly binaries: string;
  readonly place: Place;
  readonly adminToken: string;
  readonly flags: Flags;
  readonly signal?: AbortSignal;
}

/** The one kube-apiserver process of a fixture, replaced at every restart. */
function controlServer(
  options: ServerOptions,
): Pick<ApiServer, 'stop' | 'kill' | 'restart' | 'freeze' | 'thaw'> & { pid(): number } {
  let current: TestProcess | undefined;
  const stop = async () => void (await current?.end('SIGTERM', 15_000));
  return {
    stop,
    pid: () => current?.pid ?? 0,
    kill: async () => void (await current?.end('SIGKILL')),
    freeze: () => current?.signal('SIGSTOP'),
    thaw: () => current?.signal('SIGCONT'),
    restart: async (flags = {}) => {
      await stop();
      const program = join(options.binaries, 'kube-apiserver');
      current = startProcess(
        commandLine(program, { ...options.flags, ...flags }),
        join(options.place.dir, 'kube-apiserver.log'),
      );
      await waitReady(options, current);
    },
  };
}

async function waitReady({ place, adminToken, signal }: ServerOptions, process: TestProcess): Promise<void> {
  const wait = { what: 'kube-apiserver', process, ...(signal === undefined ? {} : { signal }) };
  await waitUntil(async () => (await readCa(place.dir)) !== '', wait);
  await using client = createApiClient({
    url: `https://127.0.0.1:${place.port}`,
    caData: await readCa(place.dir),
    token: adminToken,
  });
  const answers = (path: string) =>
    client.request(path).then(
      (answer) => answer.status === 200,
      () => false,
    );
  await waitUntil(async () => (await answers('/readyz')) && (await answers('/api/v1/namespaces/default')), wait);
}

/** The certificate with its CA that kube-apiserver makes in its cert-dir; '' until then. */
const readCa = (dir: string) => readFile(join(dir, 'certs', 'apiserver.crt'), 'utf8').catch(() => '');

const isHealthy = (etcdUrl: string) =>
  fetch(`${etcdUrl}/health`).then(
    (answer) => answer.ok,
    () => false,
  );

async function writeCredentials(dir: string): Promise<string> {
  const token = randomBytes(16).toString('hex');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(join(dir, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await writeFile(join(dir, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  return token;
}
