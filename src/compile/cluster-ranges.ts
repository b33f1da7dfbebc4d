import type { EgressCluster } from '../api/kinds.ts';
import { cidrsFromRange, formatCidr } from '../net/cidr.ts';
import { parseRange, type Range } from '../net/range.ts';
import { normalise } from '../net/ranges.ts';
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
  /** The same as ranges of addresses. */
  readonly parsed: readonly Range[];
}

/** Extra ranges of EgressCluster and those detected from nodes and ServiceCIDRs; texts that are no range are left out. */
export function clusterRanges(snapshot: Pick<Snapshot, 'cluster' | 'nodes' | 'serviceCidrs'>): ClusterRanges {
  const given: EgressCluster['spec']['clusterRanges'] = snapshot.cluster?.spec?.clusterRanges;
  const texts = [...alwaysInside, ...(given?.extra ?? []), ...(given?.detect === false ? [] : detectRanges(snapshot))];
  const parsed = normalise(texts.map(parseRange).filter((range) => range !== undefined));
  return { parsed, ranges: parsed.flatMap((range) => cidrsFromRange(range).map(formatCidr)) };
}

function detectRanges({ nodes, serviceCidrs }: Pick<Snapshot, 'nodes' | 'serviceCidrs'>): string[] {
  return [
    ...nodes.flatMap(({ status }) => (status.addresses ?? []).map(({ address }) => address)),
    ...nodes.flatMap(({ spec }) => spec.podCIDRs ?? []),
    ...serviceCidrs.flatMap(({ spec }) => spec.cidrs ?? []),
  ];
}
