import { join } from 'node:path';

/** Flags of a program without the dashes. */
export type Flags = Readonly<Record<string, string>>;

/** Where the two programs listen (all on 127.0.0.1) and keep their files. */
export interface Place {
  readonly dir: string;
  readonly etcdUrl: string;
  readonly peerPort: number;
  readonly port: number;
}

/** etcd without fsync: the data outlives a restart of the programs, not a crash of the machine. */
export const etcdFlags = ({ dir, etcdUrl, peerPort }: Place): Flags => ({
  'data-dir': join(dir, 'etcd'),
  'unsafe-no-fsync': 'true',
  'log-level': 'error',
  'listen-client-urls': etcdUrl,
  'advertise-client-urls': etcdUrl,
  'listen-peer-urls': `http://127.0.0.1:${peerPort}`,
});

/** kube-apiserver with RBAC, static tokens and ServiceAccount tokens of its own key. */
export const apiServerFlags = ({ dir, etcdUrl, port }: Place): Flags => ({
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
});

/** The command line of `program`. */
export const commandLine = (program: string, flags: Flags): readonly string[] => [
  program,
  ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
];
