import type { NodePlan } from '../compile/node-plan.ts';
import { probeAddresses, probeDevices } from '../dataplane/desired/probe.ts';
import type { Family } from '../net/ip.ts';
import { parseTransit } from '../net/transit.ts';

/** A namespace of the probe: `sender` sends like a Pod, `reflector` answers like a partner outside. */
export type PlaceKind = keyof typeof probeDevices;

/** Commands that make a place, for `ip -batch`, and the table for `nft`, all run once. */
export interface PlaceCommands {
  readonly host: readonly string[];
  /** Those of IPv6, which a node may have switched off. */
  readonly host6: readonly string[];
  readonly inside: readonly string[];
  readonly inside6: readonly string[];
  readonly nft: string;
}

/** The reflector's own UDP port, which no right is needed for; requests come to the port of their identity. */
export const reflectorPort = 8400;
/** The lowest and the highest id of an identity: ports of requests. */
const requestPorts = '513-7679';
/** Requests per second that a reflector answers, at most: the rest is dropped in the kernel. */
const mostRequests = 4_000;
/** Nobody else's: both ends of a pair see each other alone. */
const hostLink = { 4: '169.254.84.1', 6: 'fe80::84:1' } as const;
const macs = {
  sender: { host: '02:ee:00:00:00:01', inside: '02:ee:00:00:00:02' },
  reflector: { host: '02:ee:00:00:00:03', inside: '02:ee:00:00:00:04' },
} as const;
/** Of any size that the tunnel's may be: what is too big must fail where Pods' packets would. */
const mtu = 65_535;

/** The addresses of both places by family; undefined while the plan has no transit range. */
export function placeAddresses(plan: Pick<NodePlan, 'node' | 'transit'>, family: Family) {
  const transit = parseTransit(plan.transit.ipv4, plan.transit.ipv6);
  return transit === undefined ? undefined : probeAddresses(transit, family, plan.node.index);
}

/** Commands that make a place in the namespace of process `pid`; `cookie`: 16 hex digits. */
export function placeCommands(
  kind: PlaceKind,
  own: Readonly<Record<Family, string>>,
  {
    pid,
    cookie,
    peers,
  }: { readonly pid: number; readonly cookie: string; readonly peers: Readonly<Record<Family, string>> },
): PlaceCommands {
  const device = probeDevices[kind];
  const mac = macs[kind];
  return {
    host: [
      `link add dev ${device} address ${mac.host} mtu ${mtu} type veth peer name eth0 address ${mac.inside} mtu ${mtu} netns ${pid}`,
      // A device without an address drops whatever comes in where rp_filter is on.
      `address add ${hostLink[4]}/32 dev ${device} scope link`,
      `link set dev ${device} up`,
      `neighbour replace ${own[4]} lladdr ${mac.inside} dev ${device} nud permanent`,
      `route replace ${own[4]}/32 dev ${device}`,
    ],
    host6: [
      `neighbour replace ${own[6]} lladdr ${mac.inside} dev ${device} nud permanent`,
      `route replace ${own[6]}/128 dev ${device}`,
    ],
    inside: [
      'link set dev lo up',
      'link set dev eth0 up',
      `address add ${own[4]}/32 dev eth0`,
      `neighbour replace ${hostLink[4]} lladdr ${mac.host} dev eth0 nud permanent`,
      `route replace default via ${hostLink[4]} dev eth0 onlink`,
    ],
    inside6: [
      `address add ${own[6]}/128 dev eth0 nodad`,
      `neighbour replace ${hostLink[6]} lladdr ${mac.host} dev eth0 nud permanent`,
      `route replace default via ${hostLink[6]} dev eth0 onlink`,
    ],
    nft: kind === 'sender' ? senderTable(cookie, peers) : reflectorTable(cookie, own),
  };
}

// Without ICMP errors the kernel learns no smaller MTU: each full-size datagram is sent whole, and arrives or is lost.
const onlyProbes = (rules: readonly string[]): string => `table inet probe {
  chain in {
    type filter hook input priority 0; policy drop;
    ${rules.join('\n    ')}
  }`;

function senderTable(cookie: string, reflector: Readonly<Record<Family, string>>): string {
  return `${onlyProbes([`ip saddr ${reflector[4]} ${probes(cookie)} accept`, `ip6 saddr ${reflector[6]} ${probes(cookie)} accept`])}
}
`;
}

// Whoever does not know the cookie, and whoever sends too much, never wakes the agent.
function reflectorTable(cookie: string, own: Readonly<Record<Family, string>>): string {
  const limit = `limit rate ${mostRequests}/second burst ${mostRequests} packets`;
  return `${onlyProbes([`ip daddr ${own[4]} ${probes(cookie)} ${limit} accept`, `ip6 daddr ${own[6]} ${probes(cookie)} ${limit} accept`])}
  chain to_port {
    type nat hook prerouting priority -100; policy accept;
    udp dport ${requestPorts} redirect to :${reflectorPort}
  }
}
`;
}

// The payload begins with the cookie, 8 bytes after the UDP header's beginning (RFC 768).
const probes = (cookie: string): string => `meta l4proto udp @th,64,64 0x${cookie}`;

/** Settings of the host's end, by path below /proc/sys (see `sysctlsOf`). */
export function placeSysctls(kind: PlaceKind): ReadonlyMap<string, string> {
  const of = (name: string) => `net/ipv4/conf/${probeDevices[kind]}/${name}`;
  return new Map([
    [of('rp_filter'), '2'],
    [of('forwarding'), '1'],
    [of('send_redirects'), '0'],
  ]);
}
