import type { Node } from '../api/core.ts';
import type { EgressClusterStatus, EgressPlacement } from '../api/kinds.ts';
import type { AddressPair } from './address-pairs.ts';
import { isEligible } from './candidates.ts';
import { lastGroup } from './cluster-settings.ts';
import type { GatewaySettings, JudgedGateway } from './judge-gateways.ts';
import { compareText } from './order.ts';

/** More groups of one kind cost a VRRP instance each and spread nothing any better. */
const mostOfAKind = 4;

/** What the spreading works on. */
export interface SpreadInput {
  readonly status: EgressClusterStatus | undefined;
  readonly nodes: readonly Node[];
  /** Oldest first; only those with settings take part. */
  readonly gateways: readonly JudgedGateway[];
  readonly pairs: ReadonlyMap<string, readonly AddressPair[]>;
  readonly placements: ReadonlyMap<string, EgressPlacement>;
}

/**
 * The group key "class/network/profile/preempt/n" of every accepted Gateway that has an address, by uid. A Gateway stays in the
 * group that it is in; a new one joins the smallest of its kind, of which there are as many as nodes that may own one, at most
 * four: so that the groups, each with its own first candidate, share the traffic.
 */
export function spreadGateways(input: SpreadInput): ReadonlyMap<string, string> {
  const active = input.gateways.filter((judged) => (input.pairs.get(uidOf(judged)) ?? []).length > 0);
  const keys = knownKeys(input, active);
  const spread = new Map<string, string>();
  const loads = new Map<string, number>();
  const join = (judged: JudgedGateway, key: string) => {
    spread.set(uidOf(judged), key);
    loads.set(key, (loads.get(key) ?? 0) + 1);
  };
  const places = placesOf(input);
  const newcomers = active.filter((judged) => {
    const key = keys.get(places.get(uidOf(judged)) ?? 0);
    if (judged.settings === undefined || key === undefined || !isOfKind(key, judged.settings)) return true;
    join(judged, key);
    return false;
  });
  const used = new Set([...(input.status?.groups ?? []).map(({ key }) => key), ...keys.values()]);
  for (const judged of newcomers) {
    if (judged.settings === undefined) continue;
    const key = smallest(judged.settings, { nodes: input.nodes, used, loads });
    used.add(key);
    join(judged, key);
  }
  return spread;
}

function uidOf({ gateway }: JudgedGateway): string {
  return gateway.metadata.uid;
}

function isOfKind(key: string, { groupKind }: GatewaySettings): boolean {
  return key.startsWith(`${groupKind}/`) && !key.slice(groupKind.length + 1).includes('/');
}

/** Keys by group number: what the status says; a number that only placements carry gets the first free key of its kind. */
function knownKeys({ status, placements }: SpreadInput, active: readonly JudgedGateway[]): ReadonlyMap<number, string> {
  const live = (status?.groups ?? []).filter(({ releasedAt }) => releasedAt === undefined);
  const keys = new Map(live.map(({ group, key }) => [group, key]));
  const taken = new Set((status?.groups ?? []).map(({ key }) => key));
  const numbers = new Set((status?.groups ?? []).map(({ group }) => group));
  const lost = active
    .map((judged) => ({ kind: judged.settings?.groupKind, group: placements.get(uidOf(judged))?.spec.group }))
    .sort((a, b) => (a.group ?? 0) - (b.group ?? 0) || compareText(a.kind ?? '', b.kind ?? ''));
  for (const { kind, group } of lost) {
    if (kind === undefined || group === undefined || numbers.has(group)) continue;
    numbers.add(group);
    let n = 0;
    while (taken.has(`${kind}/${n}`)) n += 1;
    taken.add(`${kind}/${n}`);
    keys.set(group, `${kind}/${n}`);
  }
  return keys;
}

/** Group numbers by Gateway uid: of the placement, else of an identity that is still on its way into one. */
function placesOf({ status, placements }: SpreadInput): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (const { id, holder, releasedAt } of status?.identities ?? []) {
    if (releasedAt === undefined) places.set(holder.slice(0, holder.indexOf('/')), Math.floor(id / 512));
  }
  for (const [uid, { spec }] of placements) places.set(uid, spec.group);
  return places;
}

interface Groups {
  readonly nodes: readonly Node[];
  /** Keys in use or at rest. */
  readonly used: ReadonlySet<string>;
  readonly loads: ReadonlyMap<string, number>;
}

// The first of a kind is always wished for; others only while more than three sevenths of all numbers are left for other kinds.
function smallest(settings: GatewaySettings, { nodes, used, loads }: Groups): string {
  const owners = nodes.filter((node) => isEligible(node, settings)).length;
  const numbers = Math.min(lastGroup, settings.cluster.tunnelAddresses?.length ?? lastGroup);
  const isRoom = used.size < Math.floor((numbers * 4) / 7);
  const keys = Array.from(
    { length: Math.min(Math.max(owners, 1), mostOfAKind) },
    (_, n) => `${settings.groupKind}/${n}`,
  );
  const open = keys.filter((key, n) => n === 0 || used.has(key) || isRoom);
  return open.reduce((best, key) => ((loads.get(key) ?? 0) < (loads.get(best) ?? 0) ? key : best));
}
