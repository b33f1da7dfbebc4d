import type { Node } from '../api/core.ts';
import type { EgressCluster, EgressClusterStatus, EgressNode, EgressPlacement } from '../api/kinds.ts';
import { maxNodeIndex } from '../net/transit.ts';
import type { AddressPair } from './address-pairs.ts';
import { allocateNumbers, type NumberAllocation, type NumberEntry, type NumberWish } from './allocate-numbers.ts';
import { lastGroup } from './cluster-settings.ts';
import type { JudgedGateway } from './judge-gateways.ts';
import { compareAge } from './order.ts';
import type { RestJudge } from './rest.ts';
import { spreadGateways } from './spread-groups.ts';
import { formatTime, parseTime } from './time.ts';

const identitiesPerGroup = 511;

/** What the allocation of numbers works on. */
export interface NumbersInput {
  readonly cluster: EgressCluster;
  readonly nodes: readonly Node[];
  readonly egressNodes: readonly EgressNode[];
  /** Oldest first; one without settings is not accepted and keeps what it has. */
  readonly gateways: readonly JudgedGateway[];
  readonly pairs: ReadonlyMap<string, readonly AddressPair[]>;
  readonly placements: ReadonlyMap<string, EgressPlacement>;
  readonly now: number;
  readonly rest: RestJudge;
}

/** Numbers that the status of EgressCluster confirms already, and what it shall say. */
export interface Numbers {
  /** By Node name. */
  readonly nodeIndexes: ReadonlyMap<string, number>;
  /** By group key. */
  readonly groups: ReadonlyMap<string, number>;
  /** Group keys by Gateway uid: of the accepted ones that have an address. */
  readonly groupKeys: ReadonlyMap<string, string>;
  /** By "<gateway uid>/<slot>". */
  readonly identities: ReadonlyMap<string, number>;
  readonly status: Required<Pick<EgressClusterStatus, 'nodeIndexes' | 'groups' | 'identities'>>;
  readonly exhausted: {
    readonly nodes: readonly string[];
    readonly groups: readonly string[];
    readonly identities: readonly string[];
  };
}

/** Node indexes, failover groups and identities, from what the status says and what is needed now. */
export function allocateCluster(input: NumbersInput): Numbers {
  const nodes = allocateNodes(input);
  const groupKeys = spreadGateways({ ...input, status: input.cluster.status });
  const groups = allocateGroups(input, groupKeys);
  const identities = allocateIdentities(input, { groupKeys, groups: groups.confirmed });
  const uids = new Map(input.nodes.map(({ metadata }) => [metadata.name, metadata.uid]));
  const oldUids = new Map((input.cluster.status?.nodeIndexes ?? []).map(({ node, uid }) => [node, uid]));
  // A Node that came back under its name has its index once the status knows the new uid.
  const confirmed = [...nodes.confirmed].filter(([name]) => oldUids.get(name) === uids.get(name));
  return {
    nodeIndexes: new Map(confirmed),
    groups: groups.confirmed,
    groupKeys,
    identities: identities.confirmed,
    status: {
      nodeIndexes: nodes.entries.map(({ number, holder, ...released }) => {
        const uid = (released.releasedAt === undefined ? uids.get(holder) : undefined) ?? oldUids.get(holder) ?? '';
        return { node: holder, uid, index: number, ...released };
      }),
      groups: groups.entries.map(({ number, holder, ...released }) => ({ group: number, key: holder, ...released })),
      identities: identities.entries.map(({ number, ...entry }) => ({ id: number, ...entry })),
    },
    exhausted: { nodes: nodes.exhausted, groups: groups.exhausted, identities: identities.exhausted },
  };
}

function allocateNodes({ cluster, nodes, egressNodes, now, rest }: NumbersInput): NumberAllocation {
  const known = new Map(egressNodes.map((object) => [object.metadata.name, object.spec]));
  const wishes = [...nodes].sort(compareAge).map(({ metadata }): NumberWish => {
    const spec = known.get(metadata.name);
    const prefer = spec?.uid === metadata.uid ? spec.index : undefined;
    return { holder: metadata.name, from: 1, to: maxNodeIndex, prefer };
  });
  const entries = (cluster.status?.nodeIndexes ?? []).map(({ node, index, releasedAt }) => {
    return toEntry({ number: index, holder: node, releasedAt });
  });
  // Owners keep flows of a gone node's transit address; no report tells, so it always rests to the end.
  const isResting = ({ releasedAt }: NumberEntry) => rest.isResting(parseTime(releasedAt), true);
  return allocateNumbers(entries, wishes, { releasedAt: formatTime(now), isResting });
}

function allocateGroups(
  { cluster, gateways, placements, now, rest }: NumbersInput,
  groupKeys: Numbers['groupKeys'],
): NumberAllocation {
  const existing = (cluster.status?.groups ?? []).map(({ group, key, releasedAt }) => {
    return toEntry({ number: group, holder: key, releasedAt });
  });
  const keys = new Map(existing.filter(({ releasedAt }) => releasedAt === undefined).map((e) => [e.number, e.holder]));
  const wishes = new Map<string, NumberWish>();
  for (const { gateway, settings } of gateways) {
    const placed = placements.get(gateway.metadata.uid)?.spec.group;
    const kept = placed === undefined ? undefined : keys.get(placed);
    // A Gateway that cannot have an address has no key: it must not use up one of the few groups.
    const holder = settings === undefined ? kept : groupKeys.get(gateway.metadata.uid);
    if (holder === undefined || wishes.get(holder)?.prefer !== undefined) continue;
    wishes.set(holder, { holder, from: 1, to: lastGroup, prefer: placed });
  }
  const isResting = ({ number, releasedAt }: NumberEntry) => {
    return rest.isPlaced({ group: number }) || rest.isResting(parseTime(releasedAt), rest.mentionsGroup(number));
  };
  return allocateNumbers(existing, [...wishes.values()], { releasedAt: formatTime(now), isResting });
}

function allocateIdentities(
  input: NumbersInput,
  { groupKeys, groups }: Pick<Numbers, 'groupKeys' | 'groups'>,
): NumberAllocation {
  const { cluster, gateways, pairs, placements, now, rest } = input;
  const existing = (cluster.status?.identities ?? []).map(({ id, holder, releasedAt }) => {
    return toEntry({ number: id, holder, releasedAt });
  });
  const live = Map.groupBy(
    existing.filter(({ releasedAt }) => releasedAt === undefined),
    ({ holder }) => uidOf(holder),
  );
  const wishes = gateways.flatMap(({ gateway, settings }): NumberWish[] => {
    const { uid } = gateway.metadata;
    if (settings === undefined) {
      return (live.get(uid) ?? []).map(({ holder, number }) => ({ holder, from: number, to: number }));
    }
    const group = groups.get(groupKeys.get(uid) ?? '');
    if (group === undefined) return [];
    const range = { from: group * 512 + 1, to: group * 512 + identitiesPerGroup };
    return (pairs.get(uid) ?? [])
      .filter(({ confirmed }) => confirmed)
      .map((pair) => ({ holder: `${uid}/${pair.slot}`, ...range, prefer: placedId(placements.get(uid), pair) }));
  });
  const isResting = ({ number, holder, releasedAt }: NumberEntry) => {
    const mentioned = rest.mentionsGateway(uidOf(holder));
    return rest.isPlaced({ id: number }) || rest.isResting(parseTime(releasedAt), mentioned);
  };
  return allocateNumbers(existing, wishes, { releasedAt: formatTime(now), isResting });
}

// The id that a placement carries already, should the status have been lost.
function placedId(placement: EgressPlacement | undefined, { ipv4, ipv6 }: AddressPair): number | undefined {
  return placement?.spec.identities.find((identity) => {
    return ipv4 === undefined ? identity.ipv6 === ipv6 : identity.ipv4 === ipv4;
  })?.id;
}

function uidOf(holder: string): string {
  const slash = holder.indexOf('/');
  return slash < 0 ? holder : holder.slice(0, slash);
}

function toEntry(entry: {
  readonly number: number;
  readonly holder: string;
  readonly releasedAt: string | undefined;
}): NumberEntry {
  const { releasedAt, ...rest } = entry;
  return releasedAt === undefined ? rest : { ...rest, releasedAt };
}
