import type { Family } from '../net/ip.ts';
import type { NodePlan, PlanNode } from './node-plan.ts';

/**
 * Pure: the family in which nodes tunnel, the same on all of them: that of the cluster's tunnel addresses (`tunnel-family.ts` chooses it);
 * while there is none, of the node's own address, IPv4 first.
 */
export function outerFamily({ tunnelAddresses, node }: Pick<NodePlan, 'tunnelAddresses' | 'node'>): Family {
  const [address = node.address4 ?? node.address6 ?? ''] = tunnelAddresses;
  return address.includes(':') ? 6 : 4;
}

/** The address by which others reach a node through the tunnel and by VRRP; undefined where it has none of that family. */
export function outerAddress({ address4, address6 }: PlanNode, family: Family): string | undefined {
  return family === 4 ? address4 : address6;
}

/**
 * Whether a tunnel address of IPv6 may become this node's own: the kernel's VXLAN keeps the route that it found to one, on each processor, and of
 * all that changes only the same table's routes along its prefix make IPv6 take it for outdated, which what is local is not (6.18).
 */
export function mayOwnTunnel6({ groups }: Pick<NodePlan, 'groups'>): boolean {
  return groups.some(({ vrrp, tunnel }) => vrrp !== undefined && tunnel?.includes(':') === true);
}
