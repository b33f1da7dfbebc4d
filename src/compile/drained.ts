import type { Node } from '../api/core.ts';
import { finding } from '../api/reasons.ts';
import { isLeaving } from './candidates.ts';
import type { NodeStatusPlan, PlacementPlan } from './egress-plan.ts';
import { memoByObject } from './memo.ts';
import { compareName } from './order.ts';
import type { Scribe } from './scribe.ts';
import type { Snapshot } from './snapshot.ts';

/** Gateways that the message names: the others are in `sallyport drain`'s. */
const mostNamed = 5;

/** The condition Drained of the EgressNodes whose Nodes are to lose what they own; of those that no longer are, no condition. By name. */
export function planDrained(
  { nodes, egressNodes }: Pick<Snapshot, 'nodes' | 'egressNodes'>,
  placements: readonly PlacementPlan[],
  scribe: Scribe,
): readonly NodeStatusPlan[] {
  const leaving = leavingOf(nodes);
  const concerned = egressNodes.filter(
    ({ metadata, spec, status }) =>
      leaving.get(metadata.name) === spec.uid || (status?.conditions ?? []).some(({ type }) => type === 'Drained'),
  );
  return concerned.toSorted(compareName).map(({ metadata, spec, status }) => {
    const { name, uid, generation = 0 } = metadata;
    const subject = { ref: { kind: 'EgressNode', name }, uid, generation, previous: status?.conditions ?? [] };
    const findings = leaving.get(name) === spec.uid ? [judge(name, placements)] : [];
    return { name, status: { conditions: scribe.write(subject, findings) } };
  });
}

/** Uids of the Nodes that are to go, by name. */
const leavingOf = memoByObject(
  (nodes: readonly Node[]) => new Map(nodes.filter(isLeaving).map(({ metadata }) => [metadata.name, metadata.uid])),
);

function judge(node: string, placements: readonly PlacementPlan[]) {
  const held = placements.flatMap(({ spec, status }) => {
    const others = spec.candidates.filter((candidate) => candidate.node !== node);
    // Whoever is a candidate may own it while nobody says who does.
    const isHeld = status.owner === undefined ? others.length < spec.candidates.length : status.owner === node;
    if (!isHeld) return [];
    const [heir] = others.toSorted((a, b) => b.priority - a.priority);
    const words = heir === undefined ? 'no other node can own it' : `${heir.node} is to take it over`;
    return [`${spec.gateway.namespace}/${spec.gateway.name} (${words})`];
  });
  if (held.length === 0) return finding('NodeDrained', {});
  const more = held.length > mostNamed ? `, and ${held.length - mostNamed} more` : '';
  return finding('NodeHandingOver', { gateways: `${held.toSorted().slice(0, mostNamed).join(', ')}${more}` });
}
