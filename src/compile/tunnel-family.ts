import type { Node } from '../api/core.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { Family } from '../net/ip.ts';
import { memoByItems } from './memo.ts';
import { internalAddresses } from './node-addresses.ts';
import { compareText } from './order.ts';
import type { PlatformSnapshot } from './snapshot.ts';

/** The family in which all nodes tunnel and speak VRRP. */
export interface TunnelFamily {
  readonly family: Family;
  /** Nodes that have InternalIPs, but none of it, by name. */
  readonly without: readonly string[];
}

const families: readonly Family[] = [4, 6];

/**
 * Chooses one family for the whole cluster: the one that EgressCluster names (spec.tunnel.family, else that of spec.tunnel.addresses);
 * else the one in use, for a change cuts every connection; else IPv4 if all nodes have it, IPv6 if all have that, or what more have.
 */
export function tunnelFamily({
  cluster,
  nodes,
  placements,
}: Pick<PlatformSnapshot, 'cluster' | 'nodes' | 'placements'>): TunnelFamily {
  const lacking = lackingNodes(nodes);
  const { family: named, addresses = [] } = cluster?.spec?.tunnel ?? {};
  const [used] = placements.toSorted((a, b) => compareText(a.metadata.name, b.metadata.name));
  const given = addresses[0] ?? used?.spec.tunnelAddress;
  const family = named !== undefined ? numbers[named] : given !== undefined ? familyOf(given) : widest(lacking);
  return { family, without: lacking[family] };
}

/** What EgressCluster says of it: which nodes cannot reach a Gateway. */
export function judgeTunnel({ family, without }: TunnelFamily): Finding {
  if (without.length === 0) return finding('ClusterTunnelEverywhere', { family });
  const more = without.length > 5 ? ` and ${without.length - 5} more` : '';
  return finding('ClusterTunnelMissing', { nodes: `${without.slice(0, 5).join(', ')}${more}`, family });
}

const numbers = { IPv4: 4, IPv6: 6 } as const;

type Lacking = Readonly<Record<Family, readonly string[]>>;

// A node that shows no address at all is about to join, or its kubelet begins anew: it says nothing.
const lackingNodes = memoByItems((nodes: readonly Node[]): Lacking => {
  const known = nodes.map((node) => ({ name: node.metadata.name, addresses: internalAddresses(node) }));
  const without = (family: Family) =>
    known
      .filter(({ addresses }) => addresses.length > 0 && !addresses.some((address) => familyOf(address) === family))
      .map(({ name }) => name)
      .toSorted(compareText);
  return { 4: without(4), 6: without(6) };
});

function widest(lacking: Lacking): Family {
  return families.toSorted((a, b) => lacking[a].length - lacking[b].length)[0] ?? 4;
}

function familyOf(address: string): Family {
  return address.includes(':') ? 6 : 4;
}
