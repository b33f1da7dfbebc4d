import type { NodePlan } from '../../compile/node-plan.ts';

/** This node's part in the replication of a failover group's flows. */
export interface Pair {
  readonly group: number;
  /** Node addresses of one family. */
  readonly own: string;
  readonly peer: string;
  /** UDP, on both. */
  readonly port: number;
}

/** The groups whose gateway-hop flows this node replicates: where it is one of the two that the placement names, or one of the first two candidates; conntrackd's FTFW knows one peer. */
export function pairsOf(plan: Pick<NodePlan, 'node' | 'groups' | 'tunnel'>): readonly Pair[] {
  const { node, groups } = plan;
  return groups.flatMap(({ group, vrrp, tunnel, candidates, replication }): readonly Pair[] => {
    const two =
      replication === undefined ? candidates.slice(0, 2) : candidates.filter((each) => replication.includes(each.node));
    const own = two.find((candidate) => candidate.node === node.name)?.address;
    const peer = two.find((candidate) => candidate.node !== node.name)?.address;
    if (vrrp === undefined || tunnel === undefined || own === undefined || peer === undefined) return [];
    return own.includes(':') === peer.includes(':')
      ? [{ group, own, peer, port: syncPort(group, plan.tunnel.port) }]
      : [];
  });
}

/** 8481..8494, after the tunnel's own 8479: one daemon per group; 8480 where the tunnel was given one of these. */
function syncPort(group: number, tunnelPort: number): number {
  const port = 8480 + group;
  return port === tunnelPort ? 8480 : port;
}
