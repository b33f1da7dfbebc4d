import type { NodePlan } from '../compile/node-plan.ts';
import { outerAddress, outerFamily } from '../compile/outer.ts';
import { linkOf, type NodeLink } from './node-addresses.ts';

type Placed = Pick<NodePlan, 'node' | 'tunnelAddresses'>;

/** Pure: the link that carries the tunnel: the one with the node's address of the tunnel's family; undefined where there is none. */
export function underlayOf(plan: Placed, links: readonly NodeLink[]): NodeLink | undefined {
  return linkOf(links, outerAddress(plan.node, outerFamily(plan)));
}

/** Pure: why a node has no underlay, and what to do. */
export function explainUnderlay(plan: Placed): string {
  const family = outerFamily(plan);
  const address = outerAddress(plan.node, family);
  return address === undefined
    ? `nodes tunnel by IPv${family}, and this one has no IPv${family} InternalIP: give it one, or choose the family that all nodes have in EgressCluster spec.tunnel.family`
    : `no link of this node has its address ${address}`;
}
