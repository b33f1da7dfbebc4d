import { apiVersion } from '../api/names.ts';
import type { EgressPlan } from '../compile/egress-plan.ts';
import type { Snapshot } from '../compile/snapshot.ts';

/** An object as a manifest has it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** Everything that a controller writes into a settled cluster but people's own objects: claims, placements, rule sets, nodes, in the order in which it writes them. */
export function compiledObjects(snapshot: Snapshot, plan: EgressPlan): readonly Manifest[] {
  const object = (kind: string, name: string, fields: object): Manifest => ({
    apiVersion,
    kind,
    metadata: { name },
    ...fields,
  });
  return [
    ...plan.nodes.map(({ name, spec }) => object('EgressNode', name, { spec })),
    ...snapshot.claims.map(({ metadata, spec }) => object('EgressAddressClaim', metadata.name, { spec })),
    ...plan.placements.map(({ name, spec }) => object('EgressPlacement', name, { spec })),
    ...plan.ruleSets.map(({ name, spec }) => object('EgressRuleSet', name, { spec })),
  ];
}
