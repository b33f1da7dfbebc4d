import type { EgressPlacement, EgressRuleSet } from '../api/kinds.ts';
import type { Selection } from '../compile/select.ts';
import { ownedGroups } from './roles.ts';

/** What the last round knew. */
export interface GatewaySight {
  readonly selection: Pick<Selection, 'plan' | 'rights' | 'usedGateways'>;
  readonly placements: readonly EgressPlacement[];
  readonly ruleSets: readonly EgressRuleSet[];
  /** All addresses of this node. */
  readonly addresses: ReadonlySet<string>;
}

/** A Gateway that this node has to do with. */
export interface GatewayFact {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Pods of this node that its routes select; of none nothing is said. */
  readonly pods: number;
  /** Absent: not placed. */
  readonly group?: number;
  readonly isOwned: boolean;
  readonly ids: readonly number[];
  readonly addresses: readonly string[];
}

/** Pure: the Gateways that Pods of this node use or that it could own, by namespace and name. */
export function gatewayFacts({ selection, placements, ruleSets, addresses }: GatewaySight): readonly GatewayFact[] {
  const { plan, rights, usedGateways } = selection;
  const owned = ownedGroups(plan, addresses);
  const ownable = new Set(plan.groups.flatMap(({ group, vrrp }) => (vrrp === undefined ? [] : [group])));
  const pods = podsByGateway(rights);
  const placed = placements.filter(({ metadata, spec }) => usedGateways.has(metadata.name) || ownable.has(spec.group));
  const known = new Set(placed.map(({ metadata }) => metadata.name));
  const unplaced = new Map(ruleSets.map(({ spec }) => [spec.gateway.uid, spec.gateway]));
  const nameless = { isOwned: false, ids: [], addresses: [] };
  return [
    ...placed.map(({ metadata: { name: uid }, spec }) => ({
      ...{ uid, ...spec.gateway, group: spec.group, pods: pods.get(uid) ?? 0 },
      isOwned: owned.has(spec.group),
      ids: spec.identities.map(({ id }) => id),
      addresses: spec.identities.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((each) => each !== undefined)),
    })),
    ...[...usedGateways].flatMap((uid): GatewayFact[] => {
      const gateway = known.has(uid) ? undefined : unplaced.get(uid);
      if (gateway === undefined) return [];
      return [{ uid, namespace: gateway.namespace, name: gateway.name, pods: pods.get(uid) ?? 0, ...nameless }];
    }),
  ].toSorted((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name) || compare(a.uid, b.uid));
}

// Addresses of one Pod share the very object of its rights.
function podsByGateway(rights: Selection['rights']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { rules } of new Set(rights.values())) {
    for (const uid of new Set(rules.map(({ gatewayUid }) => gatewayUid))) counts.set(uid, (counts.get(uid) ?? 0) + 1);
  }
  return counts;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
