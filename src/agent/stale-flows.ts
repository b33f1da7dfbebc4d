import type { NodePlan, PlanGroup } from '../compile/node-plan.ts';
import type { Conntrack } from '../dataplane/conntrack/exec.ts';
import type { FlowSelector } from '../dataplane/conntrack/model.ts';
import { pairsOf } from '../dataplane/replication/pair.ts';
import { groupFlows, selectorsOf } from '../dataplane/replication/replicas.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../telemetry/log.ts';
import type { AgentMetrics } from './metrics.ts';
import { ownedGroups } from './roles.ts';

/** From the loss of a group until its flows are forgotten, in ms: a planned move's packets in flight still come to the old owner. */
export const graceMs = 5_000;

/**
 * Flows of a failover group that this node no longer owns go on, change and end elsewhere. What is left of them here takes source
 * ports from other flows once the node is owner again, and those lose their connection at the move after that [measured].
 * Those that are replicated are left to the failover process: here they would be taken for what the owner ended.
 */
export interface StaleFlows {
  /** Forgets what is due; resolves to how long, in ms, until the next is. Spawns nothing while nothing is due. Throws ExecError. */
  check(plan: NodePlan, addresses: ReadonlySet<string>, failover?: FailoverParts): Promise<number | undefined>;
}

/** What the failover process does for this node. */
export interface FailoverParts {
  /** Whether keepalived could give this node the group; where it cannot, nobody else need have it either. */
  isServed(group: PlanGroup): boolean;
  /** Whether it forgets the flows of replicated groups itself. */
  readonly replicates: boolean;
}

export interface StaleFlowsOptions {
  readonly conntrack: Conntrack;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly metrics: Pick<AgentMetrics, 'forgottenFlows'>;
  readonly log: Logger;
}

/** Remembers which groups this node lost, and when; at its start that is all groups for which it is a candidate and no more. */
export function createStaleFlows({ conntrack, clock, metrics, log }: StaleFlowsOptions): StaleFlows {
  let groups: Groups = new Map();
  return {
    check: async (plan, addresses, failover = { isServed: () => true, replicates: true }) => {
      const now = clock.monotonic();
      groups = followGroups(groups, { plan, addresses, failover, now });
      const due = [...groups]
        .filter(([, state]) => state.kind === 'lost' && state.dueAt <= now)
        .map(([group]) => group);
      for (const group of due) {
        const flows = await conntrack.remove(staleSelectors(plan, group));
        groups = new Map([...groups, [group, { kind: 'clean' }]]);
        metrics.forgottenFlows.add({}, flows);
        if (flows > 0) log.info({ group, flows }, 'forgot flows of a failover group that this node does not own');
      }
      const waits = [...groups.values()].flatMap((state) => (state.kind === 'lost' ? [state.dueAt - now] : []));
      return waits.length === 0 ? undefined : Math.min(...waits);
    },
  };
}

/** By group: what its flows here are. `dueAt`: on the monotonic clock, in ms. */
export type Groups = ReadonlyMap<
  number,
  { readonly kind: 'owned' } | { readonly kind: 'lost'; readonly dueAt: number } | { readonly kind: 'clean' }
>;

interface Look {
  readonly plan: NodePlan;
  readonly addresses: ReadonlySet<string>;
  readonly failover: FailoverParts;
  readonly now: number;
}

/** Pure: the groups as they are now. One that is new here and not owned counts as lost just now: nobody knows what was before. */
export function followGroups(before: Groups, { plan, addresses, failover, now }: Look): Groups {
  const owned = ownedGroups(plan, addresses);
  // A failover process of before conntrackd leaves them to us.
  const replicated = new Set(failover.replicates ? pairsOf(plan).map(({ group }) => group) : []);
  const held = plan.groups.flatMap(({ group, vrrp }) => (vrrp === undefined ? [] : [group]));
  const unserved = new Set(
    plan.groups.filter((group) => group.vrrp !== undefined && !failover.isServed(group)).map(({ group }) => group),
  );
  const next = new Map(before);
  // A copy lives as the flow does: it is lost with this node's part in the replication.
  for (const group of [...owned, ...replicated]) next.set(group, { kind: 'owned' });
  for (const group of new Set([...before.keys(), ...held])) {
    const state = before.get(group);
    if (owned.has(group) || replicated.has(group)) continue;
    const waits = state?.kind === 'lost' && unserved.has(group);
    if (state === undefined || state.kind === 'owned' || waits) next.set(group, { kind: 'lost', dueAt: now + graceMs });
    // Its candidate again one day, it knows no more than at its start.
    else if (state.kind === 'clean' && !held.includes(group)) next.delete(group);
  }
  return next;
}

/** Pure: the gateway hop's flows of a group: those with its mark that come from a transit address. */
export function staleSelectors(plan: NodePlan, group: number): readonly FlowSelector[] {
  return selectorsOf(groupFlows(plan, group));
}
