import { createKernel, type Kernel, type Part } from '../../../src/agent/kernel.ts';
import { type NodeLink, parseNodeLinks } from '../../../src/agent/node-addresses.ts';
import { nodeDevices } from '../../../src/agent/node-devices.ts';
import { underlayOf } from '../../../src/agent/underlay.ts';
import type { EgressCluster } from '../../../src/api/kinds.ts';
import { type Selection, selectPlan } from '../../../src/compile/select.ts';
import { type Conntrack, createConntrack } from '../../../src/dataplane/conntrack/exec.ts';
import { createNft } from '../../../src/dataplane/nft/exec.ts';
import { createNftSession } from '../../../src/dataplane/nft/session.ts';
import { createRouting } from '../../../src/dataplane/route/exec.ts';
import { createSysctls, type SysctlFiles, type Sysctls } from '../../../src/dataplane/sysctl/exec.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createRunner, type Runner } from '../../../src/platform/exec.ts';
import { type DataplaneCase, viewOf } from '../dataplane-case.ts';
import { inside } from './network.ts';
import { gateways, nodes, owner, type PodPlace, standby, type TestNode, tunnelAddress } from './places.ts';

/** What the API server would hold; pods are selected by their label `gateway`. */
export interface ClusterState {
  readonly pods: readonly (PodPlace & { readonly gateway?: string; readonly namespace?: string })[];
  /** The family of the tunnel; default IPv4. */
  readonly tunnel?: 'IPv4' | 'IPv6';
  /** Isolated namespaces, of shop and free. */
  readonly isolated?: readonly string[];
  /** Of these Pods, by name, that they send beacons is known. */
  readonly beacons?: readonly string[];
  readonly rules: NonNullable<DataplaneCase['rules']>;
  readonly placed: readonly (keyof typeof gateways)[];
  /** Other Gateways, of other groups. */
  readonly more?: NonNullable<DataplaneCase['placements']>;
  /** Default: node-2 before node-3. */
  readonly candidates?: readonly string[];
  /** The first candidate hands over to the second. */
  readonly handover?: boolean;
  /** So many more nodes, of which nothing but their addresses is there. */
  readonly absent?: number;
}

/** Both Gateways placed; each takes the pods with its label, wherever they send. */
export const bothGateways = {
  rules: {
    gw: [{ podSelector: { matchLabels: { gateway: 'gw' } } }],
    gx: [{ podSelector: { matchLabels: { gateway: 'gx' } } }],
  },
  placed: ['gw', 'gx'],
} as const satisfies Partial<ClusterState>;

/** A node's agent without its watches: the product's plan and kernel, run in the node's namespace. */
export interface NodeAgent {
  readonly kernel: Kernel;
  readonly conntrack: Conntrack;
  select(state: ClusterState): Selection;
  /** Applies what the state means for this node; resolves to the parts that were changed. */
  apply(state: ClusterState): Promise<readonly Part[]>;
}

/**
 * With a signal it keeps an nft for small transactions until that aborts, as agents do, and takes the node's links and settings for what they
 * were at first: agents need no process to look at them.
 */
export function createNodeAgent(node: TestNode, signal?: AbortSignal): NodeAgent {
  const runner = runnerIn(node.name);
  const basis = { runner, clock: systemClock };
  const options = signal === undefined ? basis : { ...basis, session: createNftSession({ ...basis, signal }) };
  const sysctls = signal === undefined ? createSysctls(sysctlFiles(runner)) : onlyAtFirst(sysctlsIn(node.name));
  const readLinks = async () => parseNodeLinks((await runner.run('ip', ['-j', 'addr', 'show'])).stdout);
  let known: readonly NodeLink[] | undefined;
  const kernel = createKernel({ nft: createNft(options), routing: createRouting(options), sysctls });
  const select = (state: ClusterState) => selectPlan(viewOf(caseOf(state, node)));
  return {
    kernel,
    conntrack: createConntrack(options),
    select,
    apply: async (state) => {
      const links = (signal === undefined ? undefined : known) ?? (await readLinks());
      known = links;
      const { plan } = select(state);
      const underlay = underlayOf(plan, links);
      if (underlay === undefined) throw new Error(`${node.name} has no link with its address`);
      return await kernel.apply(plan, underlay, { networks: links, ...nodeDevices(links, plan) });
    },
  };
}

function onlyAtFirst(sysctls: Sysctls): Sysctls {
  let applied: Promise<boolean> | undefined;
  return {
    ...sysctls,
    apply: (wanted) => {
      if (applied !== undefined) return Promise.resolve(false);
      applied = sysctls.apply(wanted);
      return applied;
    },
  };
}

/** What keepalived does on the node that becomes owner: tunnel address, egress addresses. */
export function makeOwner(node: TestNode, tunnel: string = tunnelAddress): void {
  const addresses = Object.values(gateways).flatMap(({ ipv4, ipv6 }) => [`${ipv4}/32`, `${ipv6}/128`]);
  const run = inside(node.name);
  for (const address of [`${tunnel}/${tunnel.includes(':') ? 128 : 32}`, ...addresses])
    run('ip', [
      'addr',
      'add',
      address,
      'dev',
      'eth0',
      ...(address.includes(':') ? ['nodad', 'preferred_lft', '0'] : []),
    ]);
}

/** Long enough that a busy machine is not taken for a dead owner. */
export const advertMilliseconds = 300;
const firstCandidates = [owner.name, standby.name];

/** A case of one node: its own pods, everything else as all nodes see it. */
export function caseOf(state: ClusterState, node: TestNode): DataplaneCase {
  const { pods, isolated = [], rules, placed, more = [], candidates = firstCandidates, handover = false } = state;
  const absent = Array.from({ length: state.absent ?? 0 }, (_, n) => ({
    name: `absent-${n}`,
    index: 100 + n,
    addresses: [`10.99.0.${n}`, `2001:db8:99::${(n + 1).toString(16)}`],
  }));
  const failover = { candidates, handover, advertMilliseconds };
  return {
    cluster: { ...cluster, spec: { tunnel: { family: state.tunnel ?? 'IPv4' } } },
    node: node.name,
    nodes: [
      ...nodes.map(({ name, index, ip, ip6, podRange, podRange6 }) => ({
        name,
        index,
        addresses: [ip, ip6],
        podCIDRs: [podRange, podRange6],
      })),
      ...absent,
    ],
    namespaces: ['shop', 'free'].map((name) => ({ name, labels: { 'kubernetes.io/metadata.name': name } })),
    ...(isolated.length === 0 ? {} : { classes: { strict: { isolation: { namespaceSelector: named(isolated) } } } }),
    pods: pods
      .filter((pod) => pod.node === node)
      .map(({ name, ip, ip6, namespace = 'shop', gateway = '' }) => ({
        name,
        ip,
        ip6,
        namespace,
        labels: { gateway },
      })),
    ...(state.beacons === undefined
      ? {}
      : {
          beacons: pods
            .filter((pod) => pod.node === node && state.beacons?.includes(pod.name))
            .flatMap(({ ip, ip6 }) => [ip, ip6]),
        }),
    placements: [...placed.map((uid) => ({ uid, ...gateways[uid], ...failover })), ...more],
    rules,
  };
}

const named = (values: readonly string[]) => ({
  matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In' as const, values }],
});

const clusterRanges = [
  '10.244.0.0/16',
  '10.96.0.0/16',
  '127.0.0.0/8',
  '169.254.0.0/16',
  'fd00:10:244::/48',
  'fe80::/10',
  'ff00::/8',
];
const cluster: EgressCluster = {
  metadata: {
    name: 'default',
    uid: 'c',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: {},
  status: { clusterRanges: [...clusterRanges, ...nodes.flatMap(({ ip, ip6 }) => [`${ip}/32`, `${ip6}/128`])] },
};

/** Runs programs in the node's network namespace. */
export function runnerIn(namespace: string): Runner {
  const runner = createRunner();
  const prefix = [`--net=/run/netns/${namespace}`];
  return {
    run: (command, args, options) => runner.run('nsenter', [...prefix, command, ...args], options),
    lines: (command, args, options) => runner.lines('nsenter', [...prefix, command, ...args], options),
  };
}

/** The settings of the node's network namespace. */
export const sysctlsIn = (namespace: string): Sysctls => createSysctls(sysctlFiles(runnerIn(namespace)));

// /proc/sys/net shows the namespace of the process that opens it. One process reads all that is asked for at once.
function sysctlFiles(runner: Runner): SysctlFiles {
  let batch: { readonly paths: string[]; readonly values: Promise<Map<string, string>> } | undefined;
  const readAll = async (paths: readonly string[]) => {
    await Promise.resolve();
    batch = undefined;
    const { stdout } = await runner.run('grep', ['-sH', '', ...paths], { acceptExitCodes: [0, 1, 2] });
    const lines = stdout.split('\n').map((line) => line.split(':', 2));
    return new Map(lines.map(([path = '', value = '']) => [path, value]));
  };
  return {
    read: async (path) => {
      if (batch === undefined) {
        const paths: string[] = [];
        batch = { paths, values: readAll(paths) };
      }
      batch.paths.push(path);
      return (await batch.values).get(path);
    },
    write: async (path, text) => void (await runner.run('tee', [path], { input: text })),
  };
}
