import type { EgressCluster } from '../api/kinds.ts';
import { cidrsFromRange, formatCidr } from '../net/cidr.ts';
import { parseRange, type Range } from '../net/range.ts';
import { normalise, union } from '../net/ranges.ts';
import { clusterSettings } from './cluster-defaults.ts';
import type { Snapshot } from './snapshot.ts';

/** Loopback, link-local, multicast and the limited broadcast: inside everywhere, whatever is detected (RFC 6890). */
const alwaysInside = [
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/4',
  '255.255.255.255',
  '::1',
  'fe80::/10',
  'ff00::/8',
];

/** The ranges to which traffic is never egress. */
export interface ClusterRanges {
  /** CIDRs of both families: merged, disjoint, IPv4 first, ascending. */
  readonly ranges: readonly string[];
  /** The same as ranges, and those that the tunnel uses: no egress address may be one of these (decisions.md 8). */
  readonly parsed: readonly Range[];
}

type Sources = Pick<Snapshot, 'cluster' | 'nodes' | 'serviceCidrs'>;

/** Extra ranges of EgressCluster and those detected from nodes and ServiceCIDRs; texts that are no range are left out. */
export function clusterRanges(snapshot: Sources): ClusterRanges {
  const given: EgressCluster['spec']['clusterRanges'] = snapshot.cluster?.spec?.clusterRanges;
  const texts = [...alwaysInside, ...(given?.extra ?? []), ...(given?.detect === false ? [] : detectRanges(snapshot))];
  const inside = parseAll(texts);
  return {
    parsed: union(inside, parseAll(tunnelRanges(snapshot.cluster))),
    ranges: inside.flatMap((range) => cidrsFromRange(range).map(formatCidr)),
  };
}

function parseAll(texts: readonly string[]): readonly Range[] {
  return normalise(texts.map(parseRange).filter((range) => range !== undefined));
}

function tunnelRanges(cluster: EgressCluster | undefined): string[] {
  const { transit } = clusterSettings(cluster?.spec ?? {});
  return [transit.ipv4, transit.ipv6, ...(cluster?.spec?.tunnel?.addresses ?? [])];
}

function detectRanges({ nodes, serviceCidrs }: Sources): string[] {
  return [
    ...nodes.flatMap(({ status }) => (status.addresses ?? []).map(({ address }) => address)),
    ...nodes.flatMap(({ spec }) => spec.podCIDRs ?? []),
    ...serviceCidrs.flatMap(({ spec }) => spec.cidrs ?? []),
  ];
}
