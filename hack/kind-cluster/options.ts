import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const proxyModes = ['iptables', 'nftables'] as const;
export type ProxyMode = (typeof proxyModes)[number];
export const ipFamilies = ['dual', 'ipv4'] as const;
export type IpFamilyMode = (typeof ipFamilies)[number];

/** Where the nodes' image comes from: kind's own choice, a name, or built here from Debian packages and Go modules. */
export type NodeImage =
  | { readonly kind: 'published' }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'built' };

export interface KindOptions {
  readonly name: string;
  readonly nodeImage: NodeImage;
  readonly proxyMode: ProxyMode;
  /** Of nodes and Pods; `dual` needs a Docker network `kind` with IPv6, which kind makes where it can. */
  readonly ipFamily: IpFamilyMode;
  /** Starts a Docker daemon of its own in a network namespace of its own, as root. */
  readonly ownDocker: boolean;
  readonly keep: boolean;
  readonly conformance: boolean;
  /** Rounds of iperf3 in Pods, as root; absent: none. */
  readonly throughput?: number;
  /** Absolute path of the folder for reports; absent: none are written. */
  readonly reports?: string;
}

export const usage = `usage: hack/kind [--node-image IMAGE | --build-node-image] [--proxy-mode MODE] [--ip-family FAMILY]
                 [--own-docker] [--keep] [--name NAME] [--no-conformance] [--throughput ROUNDS] [--reports DIR]
  --node-image IMAGE   of the nodes (default: the one that kind names, from its registry)
  --build-node-image   builds it from Debian packages and Go modules; no container registry is asked (root; minutes the first time)
  --proxy-mode MODE    kube-proxy: ${proxyModes.join(' or ')} (default iptables)
  --ip-family FAMILY   ${ipFamilies.join(' or ')} (default dual: Docker's network needs IPv6)
  --own-docker         with a Docker daemon of its own, in a network namespace of its own, ended at the end (root; dockerd must be installed)
  --keep               leaves the cluster and says how to reach it
  --name NAME          of the cluster (default sallyport)
  --no-conformance     installs and runs the essentials of the data plane alone
  --throughput ROUNDS  measures with iperf3 from Pods (root; iperf3 must be installed), one line of JSON each on stdout: npm run bench -- throughput --kind
  --reports DIR        writes both suites' reports and the run's own there (conformance/reports has those of releases)
What it does: docs/install.md`;

/** The arguments of hack/kind; undefined: only the usage is wanted. Throws with what is wrong in them. */
export function parseKindOptions(args: readonly string[]): KindOptions | undefined {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      'node-image': { type: 'string' },
      'build-node-image': flag,
      'proxy-mode': { type: 'string', default: 'iptables' },
      'ip-family': { type: 'string', default: 'dual' },
      'own-docker': flag,
      keep: flag,
      name: { type: 'string', default: 'sallyport' },
      'no-conformance': flag,
      throughput: { type: 'string' },
      reports: { type: 'string' },
      help: { ...flag, short: 'h' },
    },
  });
  if (values.help) return undefined;
  const proxyMode = proxyModes.find((mode) => mode === values['proxy-mode']);
  if (proxyMode === undefined)
    throw new Error(`--proxy-mode ${values['proxy-mode']}: must be ${proxyModes.join(' or ')}`);
  const ipFamily = ipFamilies.find((family) => family === values['ip-family']);
  if (ipFamily === undefined) throw new Error(`--ip-family ${values['ip-family']}: must be ${ipFamilies.join(' or ')}`);
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(values.name))
    throw new Error(`--name ${values.name}: small letters, digits and dashes`);
  return {
    ...{ name: values.name, proxyMode, ipFamily, ownDocker: values['own-docker'], keep: values.keep },
    nodeImage: nodeImageOf(values['node-image'], values['build-node-image']),
    conformance: !values['no-conformance'],
    ...(values.throughput === undefined ? {} : { throughput: roundsOf(values.throughput) }),
    ...(values.reports === undefined ? {} : { reports: resolve(values.reports) }),
  };
}

function roundsOf(text: string): number {
  if (!/^[1-9]\d{0,2}$/.test(text)) throw new Error(`--throughput ${text}: must be a number of rounds, 1 to 999`);
  return Number(text);
}

function nodeImageOf(name: string | undefined, isBuilt: boolean): NodeImage {
  if (name !== undefined && isBuilt) throw new Error('--node-image and --build-node-image exclude each other');
  if (isBuilt) return { kind: 'built' };
  return name === undefined ? { kind: 'published' } : { kind: 'named', name };
}
