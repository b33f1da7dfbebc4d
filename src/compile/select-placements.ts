import type { EgressPlacement } from '../api/kinds.ts';
import type { Family } from '../net/ip.ts';
import type { PodRights } from './flow-right.ts';
import { addressOf } from './identity.ts';
import { createListPool, createMemo, memoByObject } from './memo.ts';
import type { NodePlan, PlanGroup, PlanIdentity, PlanNode } from './node-plan.ts';
import { compareText } from './order.ts';

/** What all Pods share of the placements. */
export interface Placed {
  readonly sorted: readonly EgressPlacement[];
  readonly byUid: ReadonlyMap<string, EgressPlacement>;
  readonly egressAddresses: readonly string[];
  readonly tunnelAddresses: readonly string[];
  /** Node addresses of all candidates. */
  readonly candidates: readonly string[];
  readonly identities: PodRights['identities'];
}

/** Reads the placements once per list. */
export const readPlacements = memoByObject((placements: readonly EgressPlacement[]): Placed => {
  const sorted = placements.toSorted((a, b) => compareText(a.metadata.name, b.metadata.name));
  const byUid = new Map(sorted.map((placement) => [placement.metadata.name, placement]));
  return {
    sorted,
    byUid,
    egressAddresses: sorted.flatMap(egressAddresses).toSorted(),
    tunnelAddresses: distinct(sorted.flatMap(({ spec }) => [spec.tunnelAddress])),
    candidates: distinct(sorted.flatMap(({ spec }) => spec.candidates.map(({ address }) => address))),
    identities: identitiesByGateway(byUid),
  };
});

const known = createMemo<Placed['candidates'], readonly string[]>();

/** Addresses of the candidates and of these nodes (`NodePlan.nodeAddresses`). */
export function nodeAddresses(
  { candidates }: Placed,
  own: PlanNode,
  peers: readonly PlanNode[],
): NodePlan['nodeAddresses'] {
  return known(candidates, [own.address4, own.address6, peers], () =>
    distinct([...candidates, ...[own, ...peers].flatMap(({ address4, address6 }) => [address4, address6])]),
  );
}

function distinct(texts: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(texts.filter((text) => text !== undefined))].toSorted();
}

const holders = createMemo<Placed, ReadonlySet<EgressPlacement>>();

/** The placements for which this node is a candidate. */
export function heldBy(placed: Placed, node: string): ReadonlySet<EgressPlacement> {
  const isCandidate = ({ spec }: EgressPlacement) => spec.candidates.some((candidate) => candidate.node === node);
  return holders(placed, [node], () => new Set(placed.sorted.filter(isCandidate)));
}

const pool = createListPool<EgressPlacement>();
const planned = createMemo<readonly EgressPlacement[], Pick<NodePlan, 'groups' | 'identities'>>();

/** Groups and identities of the placements that a node uses or holds, as its plan says them. */
export function planUsed(used: readonly EgressPlacement[], own: string): Pick<NodePlan, 'groups' | 'identities'> {
  return planned(pool(used), [own], () => ({
    groups: planGroups(used, own),
    identities: used.flatMap(planIdentities).toSorted((a, b) => a.id - b.id),
  }));
}

function identitiesByGateway(placements: ReadonlyMap<string, EgressPlacement>): PodRights['identities'] {
  return new Map([...placements].map(([uid, { spec }]) => [uid, new Set(spec.identities.map(({ id }) => id))]));
}

function planIdentities({ spec }: EgressPlacement): PlanIdentity[] {
  return spec.identities.map(({ id, ipv4, ipv6 }) => ({
    id,
    group: spec.group,
    ...(ipv4 === undefined ? {} : { egress4: ipv4 }),
    ...(ipv6 === undefined ? {} : { egress6: ipv6 }),
  }));
}

function egressAddresses({ spec }: EgressPlacement): string[] {
  return spec.identities.flatMap((identity) => [4, 6].flatMap((family) => addressOf(identity, family as Family) ?? []));
}

function planGroups(placements: readonly EgressPlacement[], own: string): PlanGroup[] {
  const groups = Map.groupBy(placements, ({ spec }) => spec.group);
  return [...groups.values()].flatMap((members) => planGroup(members, own)).toSorted((a, b) => a.group - b.group);
}

// The controller gives all placements of a group the same candidates and failover settings; the first by name speaks for them.
function planGroup(members: readonly EgressPlacement[], own: string): PlanGroup[] {
  const spec = members[0]?.spec;
  if (spec === undefined) return [];
  const me = spec.candidates.find(({ node }) => node === own);
  return [
    {
      group: spec.group,
      tunnel: spec.tunnelAddress,
      candidates: spec.candidates,
      ...(spec.replication === undefined ? {} : { replication: spec.replication.nodes }),
      ...(me === undefined
        ? {}
        : {
            vrrp: {
              virtualRouterId: spec.failover.virtualRouterId,
              priority: me.priority,
              advertMilliseconds: spec.failover.advertMilliseconds,
              // Of all candidates the one that is to take over; others would come before an owner that has not read its new priority.
              preempt: spec.failover.preempt && spec.candidates.every(({ priority }) => priority <= me.priority),
              ...(me.joining === true || me.leaving === true ? { silent: true as const } : {}),
              ...planNetwork(spec.network),
              ...planBgp(spec.network),
              egressAddresses: members.flatMap(egressAddresses).toSorted(),
            },
          }),
    },
  ];
}

function planBgp({ bgp }: EgressPlacement['spec']['network']): Pick<NonNullable<PlanGroup['vrrp']>, 'bgp'> {
  if (bgp === undefined) return {};
  const peers = bgp.peers.map(({ address, asn, bfd = false }) => ({ address, asn, bfd }));
  return { bgp: { localAsn: bgp.localASN, peers: peers.toSorted((a, b) => (a.address < b.address ? -1 : 1)) } };
}

function planNetwork({
  interface: parent,
  vlan,
  table,
  gateway4,
  gateway6,
}: EgressPlacement['spec']['network']): Pick<NonNullable<PlanGroup['vrrp']>, 'networkInterface' | 'vlan' | 'routes'> {
  if (parent === undefined) return {};
  const own = { ...(gateway4 === undefined ? {} : { gateway4 }), ...(gateway6 === undefined ? {} : { gateway6 }) };
  const link =
    vlan === undefined
      ? { networkInterface: parent }
      : { networkInterface: `${parent}.${vlan}`, vlan: { parent, id: vlan } };
  if (table !== undefined) return { ...link, routes: { kind: 'table', table } };
  return Object.keys(own).length === 0 ? link : { ...link, routes: { kind: 'own', ...own } };
}
