import type { PlanBgp } from '../../compile/node-plan.ts';
import type { Family } from '../../net/ip.ts';
import type { BgpSession } from './parse-protocols.ts';

/** A group's part in BGP: its egress addresses, and the peers that are to hear of them. */
export interface Told {
  readonly egress: readonly string[];
  readonly peers: readonly string[];
}

/** Whether routers can be told of any address of the group: an established session of one family that it has; without addresses, any session. One family's routers must not take the other family down. */
export function canTell({ egress, peers }: Told, sessions: readonly BgpSession[]): boolean {
  const up = sessions.filter(({ address, established }) => established && peers.includes(address));
  if (egress.length === 0) return up.length > 0;
  return egress.some((address) => up.some((session) => familyOf(session.address) === familyOf(address)));
}

/** The families of addresses of which no router can be told, IPv4 first. */
export function untoldFamilies(bgp: PlanBgp, egress: readonly string[], sessions: readonly BgpSession[]): Family[] {
  const up = upOf(bgp, sessions).map(({ address }) => familyOf(address));
  return ([4, 6] as const).filter((family) => egress.some(isOf(family)) && !up.includes(family));
}

// By the network's own numbers: another may name the same router with others.
function upOf({ peers }: PlanBgp, sessions: readonly BgpSession[]): readonly BgpSession[] {
  return sessions.filter(
    ({ established, ...session }) =>
      established && peers.some(({ address, asn }) => address === session.address && asn === session.asn),
  );
}

/** Why they cannot be told of every address, and what to do, in words; undefined where they can. */
export function tellProblem(
  bgp: PlanBgp,
  egress: readonly string[],
  sessions: readonly BgpSession[],
): string | undefined {
  const lost = untoldFamilies(bgp, egress, sessions);
  if (egress.length === 0 && upOf(bgp, sessions).length === 0) return noSession(bgp, bgp.peers, sessions);
  const isLost = ({ address }: { readonly address: string }) => lost.includes(familyOf(address));
  const asked = bgp.peers.filter(isLost);
  const without = lost.find((family) => !asked.some(({ address }) => familyOf(address) === family));
  if (without !== undefined)
    return `no BGP peer has the family of ${egress.find(isOf(without)) ?? ''}: add an IPv${without} peer to the network in EgressClass`;
  return asked.length === 0 ? undefined : noSession(bgp, asked, sessions);
}

function noSession({ localAsn }: PlanBgp, asked: PlanBgp['peers'], sessions: readonly BgpSession[]): string {
  const words = asked.map((peer) => {
    const session = sessions.find(({ address }) => address === peer.address);
    const info = session === undefined ? 'BIRD does not run, or not yet' : session.info;
    const other = session !== undefined && session.asn !== peer.asn;
    return `${peer.address} AS ${peer.asn} (${other ? `another network has it as AS ${session.asn}` : info || 'no answer'})`;
  });
  return `no BGP session with ${words.join(', ')}: compare address and AS numbers (ours is ${localAsn}) with the router's configuration, and look for a firewall at TCP port 179`;
}

const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4);
const isOf = (family: Family) => (address: string) => familyOf(address) === family;
