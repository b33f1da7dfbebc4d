import { type Node, zoneLabel } from '../api/core.ts';
import type { EgressPlacement, PlacementCandidate } from '../api/kinds.ts';
import { drainTaint } from '../api/names.ts';
import type { Family } from '../net/ip.ts';
import { digest } from './digest.ts';
import type { GatewaySettings } from './judge-gateways.ts';
import { matchesSelector } from './label-selector.ts';
import { internalAddresses } from './node-addresses.ts';
import { compareText } from './order.ts';
import type { ReportIndex } from './report-index.ts';

/** Nodes that may be gateway nodes: those with a confirmed index, by name. */
export type IndexedNodes = ReadonlyMap<string, Node>;

/** A failover group as its candidates are chosen. */
export interface GroupSeat {
  /** Its candidates so far, best first. */
  readonly current: readonly string[];
  /** The n of its key: which of its kind it is. */
  readonly place: number;
  /** Who reports to own it. */
  readonly owner?: string;
  /** Who has its flows, by name. */
  readonly pair?: readonly string[];
  /** Who was to take the group over when the placement was written, and can. */
  readonly heir?: string;
  /** Whether a candidate reports to be able to take the group over, with its flows; default: all are. */
  isReady?(name: string): boolean;
  /** Whether the zone of a node has room for one more owner, besides those of the other groups; default: all have. */
  hasRoom?(name: string): boolean;
}

/** Candidates in their order, which also says who replicates with whom: the first two. */
export interface ChosenCandidates {
  readonly candidates: readonly PlacementCandidate[];
  /** The owner is to hand over to the candidate of highest priority, which takes the group although the owner is well. */
  readonly isHandover: boolean;
  /** With preemption: the first candidate, which is well and is to take the group back as soon as it has the flows. */
  readonly returning?: string;
}

const highestPriority = 200;
/** Before every candidate's own, so that the owner's agent need not have read anything for the heir to take over. */
const heirPriority = 210;
const priorityStep = 10;
const mostCandidates = 8;

/** Whoever taints a node so wants it empty: us, the cluster autoscaler, Karpenter, a person (well-known taints of Kubernetes). */
const leavingTaints: ReadonlySet<string> = new Set([
  drainTaint,
  'node.kubernetes.io/out-of-service',
  'ToBeDeletedByClusterAutoscaler',
  'karpenter.sh/disrupted',
]);

/** Whether a node is to lose what it owns: cordoned, or tainted for maintenance. */
export function isLeaving({ spec }: Node): boolean {
  return spec.unschedulable === true || (spec.taints ?? []).some(({ key }) => leavingTaints.has(key));
}

/**
 * The candidates of a failover group, owner-to-be first, at most 8. What the placements say stays: only a node that is gone or
 * no longer selected leaves, or the last that are Ready when there are more of these than wanted; for each that is not Ready, or
 * about to leave, a newcomer joins at the end, from a zone without candidates if there is one, in the order of a rendezvous hash of
 * (kind, node), which the n-th group of a kind begins with its n-th node: so that a group's choice does not depend on what other
 * groups have, and yet each has another owner. Nodes about to leave come last; one that owns stays where it is until it has handed over.
 */
export function chooseCandidates(
  settings: GatewaySettings,
  nodes: IndexedNodes,
  { current, place, owner, pair = [], heir: before, isReady = () => true, hasRoom = () => true }: GroupSeat,
): ChosenCandidates {
  const known = current.filter((name) => isEligible(nodes.get(name), settings));
  const rank = (names: readonly string[], ranks: Omit<Ranks, 'family'>) =>
    rankCandidates(names, nodes, { ...ranks, family: settings.tunnelFamily });
  // The owner has given up, and the heir has not said yet that it took over.
  const isOnItsWay = owner === undefined && before !== undefined && isStaying(nodes.get(before));
  if (isOnItsWay && known.length === current.length)
    return { candidates: rank(known, { heir: before }), isHandover: true };
  const alive = known.filter((name) => isStaying(nodes.get(name)));
  const missing = settings.candidates - alive.length;
  const newcomers = missing > 0 ? rankNewcomers(settings, nodes, { current: known, place, hasRoom }) : [];
  // A node that is not Ready may still own the group (cut off from the API server alone): left out, the others would drop its
  // adverts, and there would be two owners for as long as it is cut off.
  // Whoever owns it, or has its flows, does not go for one that came back.
  const worth = (name: string) => (name === owner ? 2 : pair.includes(name) ? 1 : 0);
  const wanted = new Set(alive.toSorted((a, b) => worth(b) - worth(a)).slice(0, settings.candidates));
  const kept = known.filter((name) => wanted.has(name) || !alive.includes(name));
  // While nobody says who owns the group, it may be the first.
  const seated = owner ?? kept[0] ?? '';
  const canTake = (name: string) => isStaying(nodes.get(name)) && isReady(name);
  // Whoever joins meanwhile makes all others read their configuration again: not while a handover is under way.
  const joins = !isReadyToLeave(nodes.get(seated)) || !kept.some((name) => name !== seated && canTake(name));
  const fresh = joins ? pickApart(newcomers, nodes, { count: missing, beside: alive }) : [];
  const names = leaveLast([...kept, ...fresh], nodes, seated).slice(0, mostCandidates);
  const heirs = names.filter(canTake);
  const leaves = names.some((name) => isReadyToLeave(nodes.get(name)));
  // Taking back is a planned move, too: keepalived by itself would not wait for the flows.
  const first = settings.preempt && !leaves ? firstToReturn(names, nodes, owner) : undefined;
  const returning = first !== undefined && hasRoom(first) ? first : undefined;
  // Where its owner's zone has too many, and another has room.
  const relief =
    owner === undefined || leaves || hasRoom(owner) ? [] : heirs.filter((name) => name !== owner && hasRoom(name));
  const heir = isReadyToLeave(nodes.get(seated))
    ? (heirs.find((name) => pair.includes(name)) ?? heirs[0])
    : (heirs.find((name) => name === returning) ?? relief.find((name) => pair.includes(name)) ?? relief[0]);
  if (heir !== undefined)
    return { candidates: rank(names, { heir }), isHandover: true, ...(returning === undefined ? {} : { returning }) };
  // Nobody comes before an owner that took over from one that leaves: not all of them learn at once that the handover is over.
  const order = leaves && names.includes(seated) ? [...new Set([seated, ...names])] : names;
  const candidates = rank(names, { order });
  return { candidates, isHandover: false, ...(returning === undefined ? {} : { returning }) };
}

interface Ranks {
  /** Default: that of the names. */
  readonly order?: readonly string[];
  readonly heir?: string;
  readonly family: Family;
}

function rankCandidates(
  names: readonly string[],
  nodes: IndexedNodes,
  { order = names, heir, family }: Ranks,
): readonly PlacementCandidate[] {
  return names.map((node) => ({
    node,
    address: vrrpAddress(nodes.get(node), family) ?? '',
    priority: node === heir ? heirPriority : highestPriority - order.indexOf(node) * priorityStep,
  }));
}

function firstToReturn(names: readonly string[], nodes: IndexedNodes, owner: string | undefined): string | undefined {
  const [first] = names;
  return first === undefined || owner === undefined || first === owner || !isStaying(nodes.get(first))
    ? undefined
    : first;
}

function isReadyToLeave(node: Node | undefined): boolean {
  return node?.status.ready === true && isLeaving(node);
}

function isStaying(node: Node | undefined): boolean {
  return node?.status.ready === true && !isLeaving(node);
}

function leaveLast(names: readonly string[], nodes: IndexedNodes, seated: string): readonly string[] {
  const goes = (name: string) => {
    const node = nodes.get(name);
    return name !== seated && node !== undefined && isLeaving(node);
  };
  return [...names.filter((name) => !goes(name)), ...names.filter(goes)];
}

interface Wish {
  readonly count: number;
  readonly beside: readonly string[];
}

// Owner and standby should not fail together.
function pickApart(ranked: readonly string[], nodes: IndexedNodes, { count, beside }: Wish): readonly string[] {
  const zoneOf = (name: string) => nodes.get(name)?.metadata.labels?.[zoneLabel];
  const picked: string[] = [];
  while (picked.length < Math.min(count, ranked.length)) {
    const zones = new Set([...beside, ...picked].map(zoneOf));
    const left = ranked.filter((name) => !picked.includes(name));
    const next = left.find((name) => !zones.has(zoneOf(name))) ?? left[0];
    if (next !== undefined) picked.push(next);
  }
  return picked;
}

/** How a failover group stands. */
export interface GroupStanding {
  readonly candidates: readonly PlacementCandidate[];
  /** Who reports to own it. */
  readonly owner?: string;
  /** Who is to take it over. */
  readonly heir?: string;
  /** The nodes that report to have applied the placement as it is. */
  readonly applied: ReadonlySet<string>;
}

/** How the group of these placements stands: by that of the oldest Gateway that has candidates. */
export function currentCandidates(
  placements: readonly (EgressPlacement | undefined)[],
  group: number,
  reports?: ReportIndex,
): GroupStanding {
  const found = placements.find((placement) => placement?.spec.group === group && placement.spec.candidates.length > 0);
  if (found === undefined) return { candidates: [], applied: new Set() };
  const { metadata, spec, status } = found;
  const owner = status?.owner;
  const heir = spec.failover.preempt ? spec.candidates.toSorted((a, b) => b.priority - a.priority)[0]?.node : undefined;
  const said = (reports?.of(metadata.name) ?? []).filter(
    ({ report }) => report.placement === (metadata.generation ?? 0),
  );
  return {
    candidates: spec.candidates,
    applied: new Set(said.map(({ node }) => node)),
    ...(owner === undefined ? {} : { owner }),
    ...(heir === undefined ? {} : { heir }),
  };
}

function rankNewcomers(
  settings: GatewaySettings,
  nodes: IndexedNodes,
  { current, place, hasRoom = () => true }: GroupSeat,
): readonly string[] {
  const ranked = [...nodes]
    .filter(([, node]) => isEligible(node, settings) && isStaying(node))
    .map(([name]) => ({ name, score: digest(`${settings.groupKind}/0|${name}`) }))
    .sort((a, b) => compareText(b.score, a.score) || compareText(a.name, b.name))
    .map(({ name }) => name);
  const first = ranked.length === 0 ? 0 : place % ranked.length;
  const turned = [...ranked.slice(first), ...ranked.slice(0, first)].filter((name) => !current.includes(name));
  return [...turned.filter(hasRoom), ...turned.filter((name) => !hasRoom(name))];
}

/** Whether the node may be a candidate of the Gateway's groups, Ready or not. */
export function isEligible(node: Node | undefined, settings: GatewaySettings): boolean {
  if (node === undefined || vrrpAddress(node, settings.tunnelFamily) === undefined) return false;
  return (settings.nodeSelectors ?? []).every((selector) => matchesSelector(selector, node.metadata.labels));
}

/** The address by which a node speaks VRRP and is in the tunnel: its first InternalIP of the tunnel's family. */
function vrrpAddress(node: Node | undefined, family: Family): string | undefined {
  return node === undefined
    ? undefined
    : internalAddresses(node).find((address) => address.includes(':') === (family === 6));
}
