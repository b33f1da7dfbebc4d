import type { Condition } from '../../src/api/meta.ts';
import type { EgressPlan } from '../../src/compile/egress-plan.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';

/** A settled plan as short data for golden files: what a user would look at, without times and generations. */
export function renderOutcome(plan: EgressPlan, snapshot: Snapshot): unknown {
  return {
    classes: Object.fromEntries(
      plan.classes.map(({ name, conditions, finalizer }) => [name, { ...lines(conditions), finalizer }]),
    ),
    gateways: Object.fromEntries(
      plan.gateways.map(({ ref, status }) => [
        `${ref.namespace}/${ref.name}`,
        {
          addresses: status.addresses.map(({ value }) => value),
          ...lines(status.conditions),
          listeners: Object.fromEntries(
            status.listeners.map(({ name, supportedKinds, attachedRoutes, conditions }) => [
              name,
              { kinds: supportedKinds.map(({ kind }) => kind), attachedRoutes, ...lines(conditions) },
            ]),
          ),
        },
      ]),
    ),
    routes: plan.routes.map(({ kind, ref, parents, sourceAddresses, conditions }) => ({
      route: [kind, ref.namespace, ref.name].filter((part) => part !== undefined).join('/'),
      ...(conditions === undefined ? {} : lines(conditions)),
      parents: parents.map((parent) => ({ ...parent.parentRef, ...lines(parent.conditions) })),
      sourceAddresses: sourceAddresses.map(({ value }) => value),
    })),
    placements: plan.placements.map(({ name, labels, spec, status }) => ({
      name,
      ...(Object.keys(labels).length === 0 ? {} : { labels }),
      group: spec.group,
      identities: spec.identities,
      candidates: spec.candidates.map(({ node, priority }) => `${node} ${priority}`),
      owner: status.owner,
    })),
    ruleSets: plan.ruleSets.map(({ name, spec }) => ({ name, rules: spec.rules })),
    claims: snapshot.claims
      .map(({ metadata, spec }) => `${metadata.name} held by ${spec.holder.namespace}/${spec.holder.name}`)
      .sort(),
    pools: Object.fromEntries(
      plan.pools.map(({ name, status: { total, used, free, conditions = [] } }) => [
        name,
        { total, used, free, ...lines(conditions) },
      ]),
    ),
  };
}

function lines(conditions: readonly Condition[]): Record<string, string> {
  return Object.fromEntries(
    conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
  );
}
