import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IpFamilies, ofFirst } from './families.ts';
import { apiAddress, apiPort, serviceRange4, serviceRange6 } from './fixed-points.ts';
import type { KubeApi } from './kube-api.ts';
import { adminConfig, authorityFile, controlPlaneDir, logDir } from './paths.ts';
import { startProcess, waitForEnd } from './processes.ts';

const etcdUrl = 'http://127.0.0.1:2379';
const at = (name: string) => `${controlPlaneDir}/${name}`;

/** The control plane's processes; all of them live in the lab's own network namespace. */
export interface ControlPlaneProcesses {
  /** Ends the API server without a word, as a power cut would; etcd goes on. */
  readonly stopApi: () => Promise<void>;
  /** Starts it again and waits until it is ready. */
  readonly startApi: () => Promise<void>;
}

/** Starts etcd, the API server, the controllers and the scheduler from the programs in `bin`; see `waitForApi`. */
export function startControlPlane(bin: string, api: KubeApi, families: IpFamilies): ControlPlaneProcesses {
  const start = (name: string, args: readonly string[]) =>
    startProcess([`${bin}/${name}`, ...args], { log: `${logDir}/${name}.log` });
  start('etcd', etcdFlags());
  let server: ChildProcess | undefined = start('kube-apiserver', apiServerFlags(families));
  keepRunning('kube-controller-manager', () => start('kube-controller-manager', controllerManagerFlags()));
  keepRunning('kube-scheduler', () => start('kube-scheduler', schedulerFlags()));
  return {
    stopApi: async () => {
      const child = server;
      server = undefined;
      child?.kill('SIGKILL');
      if (child !== undefined) await waitForEnd(child);
    },
    startApi: async () => {
      server ??= start('kube-apiserver', apiServerFlags(families));
      await waitForApi(api);
    },
  };
}

/** Both end by themselves when they lose the API server for long: start them again, as a kubelet would. */
async function keepRunning(name: string, start: () => ChildProcess): Promise<never> {
  for (;;) {
    await waitForEnd(start());
    process.stderr.write(`lab: ${name} ended; starting it again (its log: lab logs ${name})\n`);
    await sleep(1000);
  }
}

/** Waits until the API server is ready; throws when it is not within `timeoutMs`. */
export async function waitForApi(api: KubeApi, timeoutMs = 60_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  let last = '';
  while (performance.now() < end) {
    try {
      await api.request({ path: '/readyz' });
      return;
    } catch (error) {
      last = (error as Error).message;
      await sleep(30);
    }
  }
  throw new Error(
    `the API server was not ready within ${timeoutMs / 1000} s (${last}); its log is ${logDir}/kube-apiserver.log`,
  );
}

function etcdFlags(): readonly string[] {
  return [
    ...['--data-dir', at('etcd'), '--unsafe-no-fsync', '--log-level', 'error'],
    ...[
      '--listen-client-urls',
      etcdUrl,
      '--advertise-client-urls',
      etcdUrl,
      '--listen-peer-urls',
      'http://127.0.0.1:2380',
    ],
  ];
}

function apiServerFlags(families: IpFamilies): readonly string[] {
  const services = ofFirst(families, serviceRange4, serviceRange6);
  return [
    ...['--etcd-servers', etcdUrl, '--bind-address', '::', '--secure-port', `${apiPort}`],
    ...['--advertise-address', ofFirst(families, apiAddress.ipv4, apiAddress.ipv6), '--cert-dir', at('certs')],
    ...['--tls-cert-file', at('server.crt'), '--tls-private-key-file', at('server.key')],
    ...['--token-auth-file', at('tokens.csv'), '--authorization-mode', 'Node,RBAC', '--allow-privileged'],
    ...['--service-account-issuer', 'https://kubernetes.default.svc', '--service-cluster-ip-range', services],
    ...['--service-account-key-file', at('tokens.pub'), '--service-account-signing-key-file', at('tokens.key')],
    ...['--kubelet-preferred-address-types', 'InternalIP', '--profiling=false'],
  ];
}

function controllerManagerFlags(): readonly string[] {
  return [
    ...['--kubeconfig', adminConfig, '--leader-elect=false', '--secure-port', '0', '--profiling=false'],
    ...['--service-account-private-key-file', at('tokens.key'), '--root-ca-file', authorityFile],
    ...['--kube-api-qps', '200', '--kube-api-burst', '400'],
  ];
}

function schedulerFlags(): readonly string[] {
  return [
    ...['--kubeconfig', adminConfig, '--leader-elect=false', '--secure-port', '0', '--profiling=false'],
    ...['--kube-api-qps', '200', '--kube-api-burst', '400'],
  ];
}
