import type { NodePlan } from '../compile/node-plan.ts';
import { pairsOf } from '../dataplane/replication/pair.ts';
import type { FailoverState, FlowsHeld } from '../dataplane/vrrp/state.ts';

/** Pure: how far this node holds the flows of the groups that it replicates, by group; a failover process of before conntrackd holds none. */
export function flowsHeld(plan: NodePlan, { flows }: FailoverState): ReadonlyMap<number, FlowsHeld> {
  return new Map(
    pairsOf(plan).map(({ group }) => [group, flows === undefined ? 'None' : (flows.get(group) ?? 'Syncing')]),
  );
}
