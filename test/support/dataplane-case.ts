import type { Node } from '../../src/api/core.ts';
import type {
  CompiledRule,
  EgressClass,
  EgressCluster,
  EgressNode,
  EgressPlacement,
  EgressRuleSet,
} from '../../src/api/kinds.ts';
import type { ObjectMeta } from '../../src/api/meta.ts';
import type { Pod } from '../../src/api/pod.ts';
import type { NodeView } from '../../src/compile/select.ts';
import { tunnelFamily } from '../../src/compile/tunnel-family.ts';
import type { Family } from '../../src/net/ip.ts';
import { nodeMac } from '../../src/net/mac.ts';

/** A golden case of the data plane, in the short form of its YAML. */
export interface DataplaneCase {
  readonly cluster: EgressCluster;
  readonly node: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly index: number;
    readonly addresses: readonly string[];
    readonly podCIDRs?: readonly string[];
  }[];
  /** EgressClasses by name. */
  readonly classes?: Readonly<Record<string, EgressClass['spec']>>;
  readonly namespaces: readonly { readonly name: string; readonly labels?: Readonly<Record<string, string>> }[];
  readonly pods?: readonly {
    readonly name: string;
    readonly ip: string;
    readonly ip6?: string;
    /** Default shop. */
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
  /** Addresses of Pods here that send beacons. */
  readonly beacons?: readonly string[];
  readonly placements?: readonly {
    readonly uid: string;
    readonly id: number;
    readonly ipv4?: string;
    readonly ipv6?: string;
    /** Default 100. */
    readonly advertMilliseconds?: number;
    /** Default: the nodes' own. */
    readonly network?: EgressPlacement['spec']['network'];
    readonly candidates: readonly string[];
    /** The first of them hands over to the second. */
    readonly handover?: boolean;
  }[];
  /** Rules by Gateway uid, each its own EgressRoute of namespace shop. */
  readonly rules?: Readonly<Record<string, readonly Partial<CompiledRule>[]>>;
}

/** The case as its agent would see it. */
export function viewOf(input: DataplaneCase): NodeView {
  const nodes = input.nodes.map(egressNode);
  const { family } = tunnelFamily({ cluster: input.cluster, nodes: nodes.map(nodeObject), placements: [] });
  const node = nodes.find(({ metadata }) => metadata.name === input.node);
  if (node === undefined) throw new Error(`the case has no node ${input.node}`);
  return {
    cluster: input.cluster,
    classes: Object.entries(input.classes ?? {}).map(([name, spec]) => ({ metadata: meta(name), spec })),
    node,
    nodes,
    namespaces: input.namespaces.map(({ name, labels }) => ({
      metadata: meta(name, labels === undefined ? {} : { labels }),
    })),
    pods: (input.pods ?? []).map(pod),
    ...(input.beacons === undefined ? {} : { beacons: input.beacons }),
    placements: (input.placements ?? []).map((placement) => placementOf(placement, { nodes, family })),
    ruleSets: Object.entries(input.rules ?? {}).map(([uid, rules]) => ruleSet(uid, rules)),
  };
}

function meta(name: string, more: Partial<ObjectMeta> = {}): ObjectMeta {
  return { name, uid: name, resourceVersion: '1', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z', ...more };
}

function nodeObject({ metadata, spec: { addresses } }: EgressNode): Node {
  const status = { ready: true, addresses: addresses.map((address) => ({ type: 'InternalIP', address })) };
  return { metadata, spec: {}, status };
}

function egressNode({ name, index, ...spec }: DataplaneCase['nodes'][number]): EgressNode {
  return { metadata: meta(name), spec: { index, uid: name, ...spec, tunnelMAC: nodeMac(index) } };
}

function pod({ name, ip, ip6, namespace = 'shop', labels = {} }: NonNullable<DataplaneCase['pods']>[number]): Pod {
  const podIPs = ip6 === undefined ? [ip] : [ip, ip6];
  return { metadata: meta(name, { namespace, labels }), spec: {}, status: { phase: 'Running', podIPs } };
}

function placementOf(
  input: NonNullable<DataplaneCase['placements']>[number],
  { nodes, family }: { readonly nodes: readonly EgressNode[]; readonly family: Family },
): EgressPlacement {
  const addressOf = (name: string) =>
    nodes
      .find(({ metadata }) => metadata.name === name)
      ?.spec.addresses.find((address) => address.includes(':') === (family === 6));
  const group = input.id >> 9;
  const { ipv4, ipv6 } = input;
  return {
    metadata: meta(input.uid),
    spec: {
      gateway: { namespace: 'shop', name: input.uid },
      egressClass: 'egress',
      group,
      tunnelAddress: family === 4 ? `198.19.255.${240 + group}` : `fd5a:11:9f:ffff::${group.toString(16)}`,
      identities: [{ id: input.id, ...(ipv4 === undefined ? {} : { ipv4 }), ...(ipv6 === undefined ? {} : { ipv6 }) }],
      network: input.network ?? { name: 'default' },
      failover: {
        advertMilliseconds: input.advertMilliseconds ?? 100,
        preempt: input.handover ?? false,
        virtualRouterId: group,
      },
      candidates: input.candidates.map((name, rank) => ({
        node: name,
        address: addressOf(name) ?? '',
        priority: input.handover === true ? ([200, 210][rank] ?? 180) : 200 - rank * 10,
      })),
    },
  };
}

function ruleSet(uid: string, rules: readonly Partial<CompiledRule>[]): EgressRuleSet {
  const full = rules.map((rule, index) => ({
    route: { kind: 'EgressRoute' as const, namespace: 'shop', name: `${uid}-${index}` },
    created: '2026-01-01T00:00:00Z',
    rule: 0,
    match: 0,
    ...rule,
  }));
  return {
    metadata: meta(`${uid}-0`),
    spec: { gateway: { uid, namespace: 'shop', name: uid }, shard: 0, digest: 'd', rules: full },
  };
}
