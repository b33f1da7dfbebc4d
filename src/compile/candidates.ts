import type { Node } from '../api/core.ts';
import type { EgressPlacement, PlacementCandidate } from '../api/kinds.ts';
import { formatIp, parseIp } from '../net/ip.ts';
import { digest } from './digest.ts';
import type { GatewaySettings } from './judge-gateways.ts';
import { matchesSelector } from './label-selector.ts';
import { compareText } from './order.ts';

/** Nodes that may be gateway nodes: those with a confirmed index, by name. */
export type IndexedNodes = ReadonlyMap<string, Node>;

/** A failover group as its candidates are chosen. */
export interface GroupSeat {
  /** Its candidates so far, best first. */
  readonly current: readonly string[];
  /** The n of its key: which of its kind it is. */
  readonly place: number;
}

const highestPriority = 200;
const priorityStep = 10;
const mostCandidates = 8;

/**
 * The candidates of a failover group, owner-to-be first, at most 8. What the placements say stays: only a node that is gone or
 * no longer selected leaves, or the last that are Ready when there are more of these than wanted; for each that is not Ready a newcomer joins at the end, in the order of a rendezvous hash of
 * (kind, node), which the n-th group of a kind begins with its n-th node: so that a group's choice does not depend on what other
 * groups have, and yet each has another owner.
 */
export function chooseCandidates(
  settings: GatewaySettings,
  nodes: IndexedNodes,
  { current, place }: GroupSeat,
): readonly PlacementCandidate[] {
  const known = current.filter((name) => isEligible(nodes.get(name), settings));
  const alive = known.filter((name) => nodes.get(name)?.status.ready === true);
  const missing = settings.candidates - alive.length;
  const fresh = missing > 0 ? rankNewcomers(settings, nodes, { current: known, place }).slice(0, missing) : [];
  // A node that is not Ready may still own the group (cut off from the API server alone): left out, the others would drop its
  // adverts, and there would be two owners for as long as it is cut off.
  const wanted = new Set(alive.slice(0, settings.candidates));
  const kept = known.filter((name) => wanted.has(name) || !alive.includes(name));
  return [...kept, ...fresh].slice(0, mostCandidates).map((node, place) => ({
    node,
    address: vrrpAddress(nodes.get(node)) ?? '',
    priority: highestPriority - place * priorityStep,
  }));
}

/** Candidates by name of the group's placements: of the oldest Gateway that has any. */
export function currentCandidates(
  placements: readonly (EgressPlacement | undefined)[],
  group: number,
): readonly string[] {
  const found = placements.find((placement) => {
    return placement !== undefined && placement.spec.group === group && placement.spec.candidates.length > 0;
  });
  return [...(found?.spec.candidates ?? [])].sort((a, b) => b.priority - a.priority).map(({ node }) => node);
}

function rankNewcomers(
  settings: GatewaySettings,
  nodes: IndexedNodes,
  { current, place }: GroupSeat,
): readonly string[] {
  const ranked = [...nodes]
    .filter(([, node]) => isEligible(node, settings) && node.status.ready && node.spec.unschedulable !== true)
    .map(([name]) => ({ name, score: digest(`${settings.groupKind}/0|${name}`) }))
    .sort((a, b) => compareText(b.score, a.score) || compareText(a.name, b.name))
    .map(({ name }) => name);
  const first = ranked.length === 0 ? 0 : place % ranked.length;
  return [...ranked.slice(first), ...ranked.slice(0, first)].filter((name) => !current.includes(name));
}

/** Whether the node may be a candidate of the Gateway's groups, Ready or not. */
export function isEligible(node: Node | undefined, settings: GatewaySettings): boolean {
  if (node === undefined || vrrpAddress(node) === undefined) return false;
  return (settings.nodeSelectors ?? []).every((selector) => matchesSelector(selector, node.metadata.labels));
}

/** The address by which a node speaks VRRP: its first IPv4 InternalIP. */
function vrrpAddress(node: Node | undefined): string | undefined {
  return node === undefined ? undefined : internalAddresses(node).find((address) => !address.includes(':'));
}

/** The node's InternalIPs in canonical text, IPv4 first, else in the order of its status. */
export function internalAddresses(node: Node): readonly string[] {
  const ips = (node.status.addresses ?? [])
    .filter(({ type }) => type === 'InternalIP')
    .map(({ address }) => parseIp(address))
    .filter((ip) => ip !== undefined);
  return [...new Set([...ips].sort((a, b) => a.family - b.family).map(formatIp))];
}
