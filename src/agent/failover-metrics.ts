import type { NodePlan } from '../compile/node-plan.ts';
import { type FailoverState, type Takeovers, takeoverCauses } from '../dataplane/vrrp/state.ts';
import { createBoard } from '../telemetry/board.ts';
import type { AgentMetrics } from './metrics.ts';
import type { Role } from './report.ts';
import { ownedGroups } from './roles.ts';

/** What a round of a candidate found. */
export interface FailoverSight {
  readonly plan: NodePlan;
  /** All addresses of this node. */
  readonly addresses: ReadonlySet<string>;
  readonly roles: ReadonlyMap<number, Role>;
  readonly state: FailoverState;
}

type Metrics = Pick<
  AgentMetrics,
  'corrections' | 'realTime' | 'groupOwner' | 'groupFault' | 'takeovers' | 'takeoverSeconds'
>;

/** Keeps the metrics of failover groups what this node and its failover process say; undefined: it is a candidate of none. */
export function createFailoverMetrics(metrics: Metrics): { tell(sight: FailoverSight | undefined): void } {
  const boards = { owner: createBoard(metrics.groupOwner), fault: createBoard(metrics.groupFault) };
  let corrected = 0;
  let taken: ReadonlyMap<string, number> | undefined;
  return {
    tell: (sight) => {
      const held = sight?.plan.groups.flatMap(({ group, vrrp }) => (vrrp === undefined ? [] : [group])) ?? [];
      const owned = sight === undefined ? new Set<number>() : ownedGroups(sight.plan, sight.addresses);
      boards.owner.show(held.map((group) => [{ group: String(group) }, owned.has(group) ? 1 : 0]));
      boards.fault.show(held.map((group) => [{ group: String(group) }, sight?.roles.get(group) === 'Fault' ? 1 : 0]));
      if (sight === undefined) return metrics.realTime.remove({});
      const { corrected: now = 0, isUrgent, takeovers = [] } = sight.state;
      // A failover process that began anew counts from zero.
      metrics.corrections.add({}, now < corrected ? now : now - corrected);
      corrected = now;
      if (isUrgent !== undefined) metrics.realTime.set({}, isUrgent ? 1 : 0);
      for (const group of held)
        for (const cause of takeoverCauses) metrics.takeovers.add({ group: String(group), cause }, 0);
      taken = tellTakeovers(metrics, taken, takeovers);
    },
  };
}

// What was before this process is counted, too; how long each of those took nobody knows any more, but of the last.
function tellTakeovers(
  metrics: Metrics,
  before: ReadonlyMap<string, number> | undefined,
  takeovers: readonly Takeovers[],
): ReadonlyMap<string, number> {
  const keyOf = ({ group, cause }: Takeovers) => `${group} ${cause}`;
  for (const takeover of takeovers) {
    const { group, cause, count, lastMs } = takeover;
    const past = before?.get(keyOf(takeover)) ?? 0;
    const grown = count < past ? count : count - past;
    metrics.takeovers.add({ group: String(group), cause }, grown);
    if (before === undefined || grown === 0 || cause === 'vacant') continue;
    metrics.takeoverSeconds.observe({ cause }, lastMs / 1_000);
  }
  return new Map(takeovers.map((takeover) => [keyOf(takeover), takeover.count]));
}
