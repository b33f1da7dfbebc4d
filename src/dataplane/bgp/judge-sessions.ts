import type { PlanBgp } from '../../compile/node-plan.ts';
import type { BgpSession } from './parse-protocols.ts';

/** A group's part in BGP: its egress addresses, and the peers that are to hear of them. */
export interface Told {
  readonly egress: readonly string[];
  readonly peers: readonly string[];
}

/** Whether routers can be told of every address of the group: an established session of each family that it has; without addresses, any session. */
export function canTell({ egress, peers }: Told, sessions: readonly BgpSession[]): boolean {
  const up = sessions.filter(({ address, established }) => established && peers.includes(address));
  if (egress.length === 0) return up.length > 0;
  return egress.every((address) => up.some((session) => isOneFamily(session.address, address)));
}

/** Why they cannot, and what to do, in words; undefined where they can. */
export function tellProblem(
  { localAsn, peers }: PlanBgp,
  egress: readonly string[],
  sessions: readonly BgpSession[],
): string | undefined {
  if (canTell({ egress, peers: peers.map(({ address }) => address) }, sessions)) return undefined;
  const lost = egress.find((address) => {
    const told = { egress: [address], peers: peers.map((peer) => peer.address) };
    return !canTell(told, sessions);
  });
  const asked = peers.filter(({ address }) => lost === undefined || isOneFamily(address, lost));
  if (asked.length === 0 && lost !== undefined)
    return `no BGP peer has the family of ${lost}: add an IPv${lost.includes(':') ? 6 : 4} peer to the network in EgressClass`;
  const words = asked.map((peer) => {
    const session = sessions.find(({ address }) => address === peer.address);
    const info = session === undefined ? 'BIRD does not run, or not yet' : session.info;
    const other = session !== undefined && session.asn !== peer.asn;
    return `${peer.address} AS ${peer.asn} (${other ? `another network has it as AS ${session.asn}` : info || 'down'})`;
  });
  return `no BGP session with ${words.join(', ')}: compare address and AS numbers (ours is ${localAsn}) with the router's configuration, and look for a firewall at TCP port 179`;
}

const isOneFamily = (a: string, b: string): boolean => a.includes(':') === b.includes(':');
