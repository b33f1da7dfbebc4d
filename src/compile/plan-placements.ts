import type {
  EgressPlacement,
  EgressPlacementSpec,
  FailoverProfile,
  PlacementCandidate,
  PlacementIdentity,
} from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { AddressPair } from './address-pairs.ts';
import { alignGroups } from './align-groups.ts';
import type { Numbers } from './allocate-cluster.ts';
import {
  type ChosenCandidates,
  chooseCandidates,
  currentCandidates,
  type GroupSeat,
  type IndexedNodes,
} from './candidates.ts';
import { groupTunnelAddress, lastGroup } from './cluster-settings.ts';
import { keepLeaving, markJoining } from './joining.ts';
import type { GatewaySettings, JudgedGateway } from './judge-gateways.ts';
import { choosePair, currentPair, type PairSeat } from './replication-pair.ts';
import type { ReportIndex } from './report-index.ts';
import { identitiesOf, toldIdentities } from './told-addresses.ts';
import { seatedIn, seatGroups } from './zone-room.ts';

/** What was decided about the placement of one Gateway. */
export interface PlacedGateway {
  readonly judged: JudgedGateway;
  /** Desired spec; absent: nothing to place. */
  readonly spec?: EgressPlacementSpec;
  /** Why it cannot be placed as wished. */
  readonly problem?: Finding;
  /** What an allocation still waits for. */
  readonly awaited?: string;
}

/** One word for all that the controller itself still writes: each step lasts milliseconds, and none is worth a status of its own. */
export const beingWritten = 'its addresses, numbers and placement to be written';

/** VRRPv3 advertisement intervals of the failover profiles (decisions.md). */
const advertMilliseconds: Readonly<Record<FailoverProfile, number>> = { Fast: 10, Default: 100, Wan: 1000 };

/** What placements are planned from. */
export interface PlacementInput {
  /** Instead of the profiles' intervals. */
  readonly advertMilliseconds?: number;
  readonly gateways: readonly JudgedGateway[];
  readonly pairs: ReadonlyMap<string, readonly AddressPair[]>;
  readonly placements: ReadonlyMap<string, EgressPlacement>;
  readonly nodes: IndexedNodes;
  /** What the nodes say of the groups: who can take one over. */
  readonly reports?: ReportIndex;
  /** Absent without an EgressCluster: then everything stays as it is. */
  readonly numbers?: Numbers;
}

/** Places every Gateway, in the given order; one that is not accepted keeps the placement it has. */
export function planPlacements(input: PlacementInput): readonly PlacedGateway[] {
  const { numbers } = input;
  const groups = Map.groupBy(
    input.gateways.filter(({ settings }) => settings !== undefined),
    ({ gateway }) => numbers?.groupKeys.get(gateway.metadata.uid) ?? '',
  );
  const candidates = new Map<string, PlacedGroup>();
  const membersOf = (key: string) =>
    (groups.get(key) ?? []).map(({ gateway }) => input.placements.get(gateway.metadata.uid));
  const rooms = seatGroups(
    input.nodes,
    [...groups].flatMap(([key, [first]]) => {
      const group = numbers?.groups.get(key);
      if (group === undefined || first?.settings === undefined) return [];
      return [{ key, settings: first.settings, standing: currentCandidates(membersOf(key), group) }];
    }),
  );
  const candidatesOf = (settings: GatewaySettings, { key, group }: GroupRef) => {
    const known = candidates.get(key);
    if (known !== undefined) return known;
    const members = membersOf(key);
    const place = Number(key.slice(key.lastIndexOf('/') + 1));
    const { candidates: listed, owner, heir, applied } = currentCandidates(members, group, input.reports);
    const current = listed.map(({ node }) => node);
    const seat = owner === undefined ? {} : { owner };
    const before = currentPair(members, group);
    const { isReady, isFaulty } = readiness(input.reports, group, { candidates: listed, pair: before });
    const ready = isReady === undefined ? {} : { isReady };
    const heirSoFar = heir === undefined || isFaulty?.(heir) === true ? {} : { heir };
    const room = rooms.get(settings.egressClass);
    const wanted = chooseCandidates(settings, input.nodes, {
      ...{ current, place, pair: before },
      ...{ ...ready, ...seat, ...heirSoFar },
      hasRoom: (name) => room?.hasRoom(key, settings.maxOwnersPerZone, name) !== false,
    });
    room?.seat(key, seatedIn(wanted, owner));
    const join = { current: listed, hasApplied: (name: string) => applied.has(name), ...seat };
    const chosen = { ...wanted, candidates: markJoining(wanted.candidates, input.nodes, join) };
    const faulty = isFaulty === undefined ? {} : { isFaulty };
    const pair = choosePair(chosen, input.nodes, { before, ...faulty, ...seat });
    const listing = { ...chosen, candidates: keepLeaving(chosen.candidates, input.nodes, join) };
    const placed = pair === undefined ? listing : { ...listing, pair };
    candidates.set(key, placed);
    return placed;
  };
  return alignGroups(
    input.gateways.map((judged) => placeGateway(judged, input, candidatesOf)),
    new Set([...groups.values()].flat()),
  );
}

/** A standby that holds the flows, as far as it was asked to; who is not in the pair was not. */
function readiness(
  reports: ReportIndex | undefined,
  group: number,
  { candidates, pair }: { readonly candidates: readonly PlacementCandidate[]; readonly pair: readonly string[] },
): Pick<GroupSeat, 'isReady'> & Pick<PairSeat, 'isFaulty'> {
  if (reports === undefined) return {};
  const said = new Map(reports.groupReports(group, candidates).map(({ node, report }) => [node, report]));
  const isReady = (name: string) => {
    const report = said.get(name);
    if (report?.role !== 'Standby' || report.flows === 'Syncing') return false;
    return report.flows !== undefined || pair.includes(name);
  };
  return { isReady, isFaulty: (name) => said.get(name)?.role === 'Fault' };
}

interface GroupRef {
  readonly key: string;
  readonly group: number;
}

interface PlacedGroup extends ChosenCandidates {
  /** Who replicates with whom, where it is not the first two. */
  readonly pair?: readonly string[];
}

type CandidatesOf = (settings: GatewaySettings, group: GroupRef) => PlacedGroup;

function placeGateway(judged: JudgedGateway, input: PlacementInput, candidatesOf: CandidatesOf): PlacedGateway {
  const { uid } = judged.gateway.metadata;
  const existing = input.placements.get(uid)?.spec;
  const stay = existing === undefined ? {} : { spec: existing };
  const { settings } = judged;
  if (settings === undefined || input.numbers === undefined) return { judged, ...stay };
  const pairs = input.pairs.get(uid) ?? [];
  if (pairs.length === 0) return { judged };
  const key = input.numbers.groupKeys.get(uid) ?? '';
  const group = input.numbers.groups.get(key);
  const tunnelAddress =
    group === undefined ? undefined : groupTunnelAddress(settings.cluster, settings.tunnelFamily, group);
  const lack = lackOf({ judged, key, pairs, numbers: input.numbers, group, tunnelAddress });
  if (lack.awaited !== undefined) return { judged, ...stay, awaited: lack.awaited };
  if (group === undefined || tunnelAddress === undefined) return { judged, ...stay, ...lack };
  const { identities, ...untold } = toldIdentities(identitiesOf(uid, pairs, input.numbers), settings);
  if (identities.length === 0) return { judged, ...(untold.problem === undefined ? stay : untold), ...lack };
  const chosen = candidatesOf(settings, { key, group });
  const advert = input.advertMilliseconds ?? advertMilliseconds[settings.profile];
  const spec = renderSpec({ judged, settings, group, tunnelAddress, identities, chosen, advert });
  const canOwn = chosen.candidates.some(({ leaving }) => leaving !== true);
  if (lack.problem !== undefined || canOwn) return { judged, spec, ...untold, ...lack };
  const problem = `no Ready, schedulable node with an IPv${settings.tunnelFamily} InternalIP matches the node selectors of EgressClass ${settings.egressClass}`;
  return { judged, spec, problem: finding('GatewayNoResources', { problem }) };
}

interface Supply {
  readonly judged: JudgedGateway;
  readonly key: string;
  readonly pairs: readonly AddressPair[];
  readonly numbers: Numbers;
  readonly group: number | undefined;
  readonly tunnelAddress: string | undefined;
}

function lackOf({
  judged,
  key,
  pairs,
  numbers,
  group,
  tunnelAddress,
}: Supply): Pick<PlacedGateway, 'problem' | 'awaited'> {
  const { exhausted, identities } = numbers;
  const { uid } = judged.gateway.metadata;
  if (pairs.some(({ confirmed }) => !confirmed)) return { awaited: beingWritten };
  if (exhausted.groups.includes(key)) {
    return noResources(
      `all ${lastGroup} failover groups, and with them VRRP router ids, are in use, and none is left for ${key} (class/network/profile/preempt/n): use class, network, profile and preempt of other Gateways, which then share a group`,
    );
  }
  if (group === undefined) return { awaited: beingWritten };
  if (tunnelAddress === undefined)
    return noResources(`spec.tunnel.addresses of EgressCluster has none for group ${group}`);
  const holders = pairs.map(({ slot }) => `${uid}/${slot}`);
  if (holders.some((holder) => !identities.has(holder) && !exhausted.identities.includes(holder))) {
    return { awaited: beingWritten };
  }
  const short = holders.some((holder) => exhausted.identities.includes(holder));
  return short ? noResources(`all identities of failover group ${group} are in use`) : {};
}

function noResources(problem: string): { readonly problem: Finding } {
  return { problem: finding('GatewayNoResources', { problem }) };
}

interface Placement {
  readonly judged: JudgedGateway;
  readonly settings: GatewaySettings;
  readonly group: number;
  readonly tunnelAddress: string;
  readonly identities: readonly PlacementIdentity[];
  readonly chosen: PlacedGroup;
  /** Milliseconds between adverts. */
  readonly advert: number;
}

function renderSpec({
  judged,
  settings,
  group,
  tunnelAddress,
  identities,
  chosen,
  advert,
}: Placement): EgressPlacementSpec {
  const { namespace = '', name } = judged.gateway.metadata;
  return {
    gateway: { namespace, name },
    egressClass: settings.egressClass,
    group,
    tunnelAddress,
    identities,
    network: settings.network,
    failover: {
      advertMilliseconds: advert,
      // Of a class that preempts, too: who comes back takes over when it has the flows.
      preempt: chosen.isHandover,
      // All groups speak VRRP on the nodes' common network, and there are fewer of them than the 255 ids of a segment. Other routers
      // there may use the same: adverts go by unicast, and those of nobody but candidates are believed.
      virtualRouterId: group,
    },
    candidates: chosen.candidates,
    ...(chosen.pair === undefined ? {} : { replication: { nodes: chosen.pair } }),
  };
}
