import { resources } from '../api/resources.ts';
import type { EgressPlan } from '../compile/egress-plan.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import type { Write } from './writes.ts';

/** Deletes of what the plan no longer lists: the plan's lists are complete. Only as seen: what changed meanwhile is judged again. */
export function planRemovals(plan: EgressPlan, snapshot: Snapshot): Write[] {
  return [
    ...unlisted(snapshot.ruleSets, plan.ruleSets, resources.egressRuleSets),
    ...unlisted(snapshot.placements, plan.placements, resources.egressPlacements),
    ...unlisted(snapshot.egressNodes, plan.nodes, resources.egressNodes),
  ];
}

function unlisted(
  existing: readonly { readonly metadata: { readonly name: string; readonly resourceVersion: string } }[],
  wanted: readonly { readonly name: string }[],
  resource: Write['resource'],
): Write[] {
  const names = new Set(wanted.map(({ name }) => name));
  return existing
    .filter(({ metadata }) => !names.has(metadata.name))
    .map(({ metadata: { name, resourceVersion } }) => ({ kind: 'delete', resource, name, resourceVersion }));
}
