import type { EgressNetwork, EgressPlacementSpec } from '../api/kinds.ts';
import { canonicalIp, type Ip, parseIp } from '../net/ip.ts';

type Problem = readonly [field: string, problem: string];
type NetworkBgp = NonNullable<EgressNetwork['bgp']>;

/** What is wrong with how a network's addresses are announced: the field below the network, and the problem. */
export function checkAnnounce(
  { announce = 'L2', bgp }: EgressNetwork,
  others: readonly EgressNetwork[],
): Problem | undefined {
  if (announce !== 'BGP') return bgp === undefined ? undefined : ['bgp', 'is refused without announce: BGP'];
  if (bgp === undefined) return ['bgp', 'is needed with announce: BGP'];
  if (!isAsn(bgp.localASN)) return ['bgp.localASN', `${bgp.localASN} is not one of 1..4294967295`];
  if (bgp.peers.length === 0 || bgp.peers.length > mostPeers) return ['bgp.peers', `must be 1 to ${mostPeers}`];
  for (const [index, { address, asn }] of bgp.peers.entries()) {
    const at = `bgp.peers[${index}]`;
    const ip = parseIp(address);
    if (ip === undefined || !isUnicast(ip)) return [`${at}.address`, `${address} is not a global unicast address`];
    if (!isAsn(asn)) return [`${at}.asn`, `${asn} is not one of 1..4294967295`];
    const same = canonicalIp(address);
    if (bgp.peers.findIndex((peer) => canonicalIp(peer.address) === same) !== index)
      return [`${at}.address`, `${address} is there twice`];
    // A node has one session with a router.
    const other = others.find((network) => differs(network.bgp, bgp, same));
    if (other !== undefined)
      return [`${at}.address`, `${address} is a peer of network ${other.name}, too, with other numbers or BFD`];
  }
  return undefined;
}

/** The peers as placements tell them to agents: canonical, sorted by address; undefined: none. */
export function placementBgp({ announce, bgp }: EgressNetwork): EgressPlacementSpec['network']['bgp'] {
  if (announce !== 'BGP' || bgp === undefined) return undefined;
  const peers = bgp.peers.map(({ address, asn, bfd = false }) => ({
    address: canonicalIp(address) ?? address,
    asn,
    ...(bfd ? { bfd } : {}),
  }));
  return { localASN: bgp.localASN, peers: peers.toSorted((a, b) => (a.address < b.address ? -1 : 1)) };
}

const mostPeers = 8;

const isAsn = (asn: number): boolean => Number.isInteger(asn) && asn >= 1 && asn <= 0xffff_ffff;

// As Go's IsGlobalUnicast, by which the CRD judges: not unspecified, loopback, multicast, link-local or broadcast.
function isUnicast({ family, value }: Ip): boolean {
  if (family === 6)
    return value > 1n && value >> 120n !== 0xffn && value >> 118n !== 0x3fan && value >> 32n !== 0xffffn;
  const first = value >> 24n;
  return value !== 0n && first !== 127n && first >> 4n !== 14n && value >> 16n !== 0xa9fen && value !== 0xffff_ffffn;
}

function differs(other: NetworkBgp | undefined, own: NetworkBgp, address: string | undefined): boolean {
  const find = ({ peers }: NetworkBgp) => peers.find((peer) => canonicalIp(peer.address) === address);
  const [theirs, ours] = [other && find(other), find(own)];
  if (theirs === undefined || other?.localASN === undefined) return false;
  return other.localASN !== own.localASN || theirs.asn !== ours?.asn || (theirs.bfd ?? false) !== (ours.bfd ?? false);
}
