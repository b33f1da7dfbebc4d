import type { NodePlan, PlanBgp } from '../../compile/node-plan.ts';
import { canonicalIp, parseIp } from '../../net/ip.ts';

/** What a node has to announce by BGP, and to whom. */
export interface BgpPlan {
  /** Dotted quad, one per node (RFC 6286). */
  readonly routerId: string;
  /** Sorted by group. */
  readonly groups: readonly BgpGroup[];
  /** Sorted by address, each once. */
  readonly peers: readonly BgpPeer[];
}

export interface BgpGroup {
  /** 1..14 */
  readonly group: number;
  /** Who holds it owns the group: the tunnel address, canonical. */
  readonly address: string;
  /** Announced while this node owns the group; canonical. */
  readonly egress: readonly string[];
  /** Addresses of the peers that are told, canonical. */
  readonly peers: readonly string[];
}

export interface BgpPeer {
  /** Canonical. */
  readonly address: string;
  /** 1..4294967295 */
  readonly asn: number;
  readonly localAsn: number;
  readonly bfd: boolean;
}

/** The groups of networks with peers for which the node is a candidate; undefined: there are none. Of peers of one address the first group's counts, and the others' groups are without. */
export function bgpPlanOf({ node, groups }: Pick<NodePlan, 'node' | 'groups'>): BgpPlan | undefined {
  const spoken = groups.flatMap(({ group, tunnel, vrrp }) =>
    vrrp?.bgp === undefined || tunnel === undefined
      ? []
      : [{ group, address: tunnel, egress: vrrp.egressAddresses, bgp: vrrp.bgp }],
  );
  if (spoken.length === 0) return undefined;
  const peers = new Map<string, BgpPeer>();
  for (const { bgp } of spoken)
    for (const peer of peersOf(bgp)) if (!peers.has(peer.address)) peers.set(peer.address, peer);
  return {
    routerId: node.address4 ?? `0.1.${node.index >> 8}.${node.index & 0xff}`,
    groups: spoken.map(({ bgp, ...group }) => ({
      ...group,
      peers: peersOf(bgp).flatMap((peer) => (isSame(peers.get(peer.address), peer) ? [peer.address] : [])),
    })),
    peers: [...peers.values()].toSorted((a, b) => (a.address < b.address ? -1 : 1)),
  };
}

/** What the verdict about a group's sessions is called: as that about a next hop, whose place it takes. */
export const bgpHop = (group: number): string => `bgp-group-${group}`;

/** Text of `bgp.json` for the failover process; equal for equal plans. */
export function renderBgpPlan(plan: BgpPlan): string {
  return `${JSON.stringify(plan)}\n`;
}

/** Parses `bgp.json`; throws SyntaxError on anything else. */
export function parseBgpPlan(text: string): BgpPlan {
  const json: unknown = JSON.parse(text);
  const routerId = field(json, 'routerId');
  const groups = listOf(field(json, 'groups')).map(groupOf);
  const peers = listOf(field(json, 'peers')).map(peerOf);
  if (typeof routerId !== 'string' || parseIp(routerId)?.family !== 4) throw broken('routerId');
  if (groups.length === 0 || !isWhole(groups)) throw broken('groups');
  if (!isWhole(peers)) throw broken('peers');
  return { routerId, groups, peers };
}

const broken = (what: string): SyntaxError =>
  new SyntaxError(`bgp.json: ${what}: not understood; the agent writes it anew`);

function peersOf({ localAsn, peers }: PlanBgp): readonly BgpPeer[] {
  return peers.flatMap(({ address: text, asn, bfd }) => {
    const address = canonicalIp(text);
    return address === undefined ? [] : [{ address, asn, localAsn, bfd }];
  });
}

function isSame(a: BgpPeer | undefined, b: BgpPeer): boolean {
  return a?.asn === b.asn && a.localAsn === b.localAsn && a.bfd === b.bfd;
}

function groupOf(entry: unknown): BgpGroup | undefined {
  const group = field(entry, 'group');
  const address = ipOf(field(entry, 'address'));
  const egress = listOf(field(entry, 'egress')).map(ipOf);
  const peers = listOf(field(entry, 'peers')).map(ipOf);
  if (!isNumber(group, 14) || address === undefined || !isWhole(egress) || !isWhole(peers)) return undefined;
  return { group, address, egress, peers };
}

function peerOf(entry: unknown): BgpPeer | undefined {
  const address = ipOf(field(entry, 'address'));
  const [asn, localAsn, bfd] = [field(entry, 'asn'), field(entry, 'localAsn'), field(entry, 'bfd')];
  if (address === undefined || !isNumber(asn, mostAsn) || !isNumber(localAsn, mostAsn)) return undefined;
  return typeof bfd === 'boolean' ? { address, asn, localAsn, bfd } : undefined;
}

const mostAsn = 0xffff_ffff;

function isNumber(value: unknown, to: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= to;
}

function isWhole<T>(list: readonly (T | undefined)[]): list is readonly T[] {
  return !list.includes(undefined);
}

const ipOf = (value: unknown): string | undefined => (typeof value === 'string' ? canonicalIp(value) : undefined);

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
