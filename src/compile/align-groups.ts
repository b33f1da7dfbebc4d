import type { EgressPlacementSpec } from '../api/kinds.ts';
import type { JudgedGateway } from './judge-gateways.ts';

/** A Gateway with the placement that it is to have; `awaited`: that is still the old one. */
interface Placed {
  readonly judged: JudgedGateway;
  readonly spec?: EgressPlacementSpec;
  readonly awaited?: string;
}

/** Gives all placements of a group what the `active` ones have: a Gateway that keeps an old one must not keep its group's old candidates, for there is one VRRP instance and one list. */
export function alignGroups<P extends Placed>(placed: readonly P[], active: ReadonlySet<JudgedGateway>): readonly P[] {
  const leaders = new Map<number, EgressPlacementSpec>();
  for (const { judged, spec, awaited } of placed) {
    if (spec !== undefined && awaited === undefined && active.has(judged)) leaders.set(spec.group, spec);
  }
  return placed.map((entry) => {
    const leader = entry.spec === undefined ? undefined : leaders.get(entry.spec.group);
    if (entry.spec === undefined || leader === undefined) return entry;
    const { tunnelAddress, failover, candidates, network, replication } = leader;
    const { replication: _, ...spec } = entry.spec;
    const pair = replication === undefined ? {} : { replication };
    return { ...entry, spec: { ...spec, tunnelAddress, failover, candidates, network, ...pair } };
  });
}
