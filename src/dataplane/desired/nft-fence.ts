import type { NodePlan } from '../../compile/node-plan.ts';
import { cidrContains } from '../../net/cidr.ts';
import { type Family, parseIp } from '../../net/ip.ts';
import { parseTransit, tunnelRange } from '../../net/transit.ts';
import type { NftChain } from '../nft/model.ts';
import { counters, devices, outerSet, receivedMap, underlaySet } from './names.ts';
import { baseChain } from './nft-chain.ts';

const drop = (counter: string): string => `counter name "${counter}" drop`;
const families = [4, 6] as const;
const ipOf = (family: Family): string => (family === 4 ? 'ip' : 'ip6');

/** True of a packet whose source the node's best route leads to by another device than it came in by. */
export const wayBackMissing = 'fib saddr . iif oif missing';
/** The same of one that comes neither from outside … */
export const fromNowhere = `iifname != @${outerSet} ${wayBackMissing}`;
/** … nor, for what nodes send to each other, from where nodes are: one with two underlays may send by one and hear by the other. */
export const fromNoNode = `iifname != @${underlaySet} ${wayBackMissing}`;
/** Where packets go whose source is a local Pod's address and whose device is not that Pod's. */
export const strangerChain = 'stranger';
/** Where packets to the tunnel's port lose conntrack's attention. */
export const untrackedChain = 'untracked_tunnel';
/** Rule of `judge`: what belongs to no known flow. */
export const freshFlows = 'ct state != { established, related } jump fresh';
/** What comes by these devices is ours, or a process's of the node: it is looked at where it came from. */
const own = `iifname { "lo", ${Object.values(devices)
  .map((device) => `"${device}"`)
  .join(', ')} }`;
/** UDP ports of conntrackd's pairs: 8480 + group, see `pairsOf`. */
const syncPorts = '8480-8494';

/** Hooks and chains against what Pods could forge (docs/design/0010): sources, replies, and packets that only nodes send. */
export function fenceChains(plan: NodePlan): NftChain[] {
  return [stranger, ...fresh(plan), ...suspects, ...fences(plan)];
}

// Cilium's Pods send by devices of their own while its routes to them name this one; their sources it checks itself.
const ofCilium = 'fib saddr oifname "cilium_host" return';

const stranger: NftChain = {
  name: strangerChain,
  rules: [ofCilium, drop(counters.spoofedPod)],
};

// After destination NAT, for a Service may have any endpoint; before the CNI's masquerade, which would make it the node's own packet.
// Of a known flow nothing is looked at: its first packet was.
function fresh(plan: NodePlan): NftChain[] {
  const forbid = (name: string, counter: string): NftChain => ({
    name,
    rules: [
      // What arrives is judged by `input`.
      'ct state untracked return',
      'fib daddr type local return',
      ...families.map((family) => `${ipOf(family)} daddr @node_end${family} ${drop(counter)}`),
      ofCilium,
      // To a node that this one does not know of, in the name of one whom that node believes.
      `${fromNowhere} ${drop(counter)}`,
    ],
  });
  return [
    forbid('forbid_tunnel', counters.tunnelPort),
    forbid('forbid_sync', counters.sync),
    forbid('forbid_vrrp', counters.vrrp),
    {
      name: 'fresh',
      rules: [
        ...families.map((family) => intoTransit(plan, family)),
        `udp dport ${plan.tunnel.port} goto forbid_tunnel`,
        `udp dport ${syncPorts} goto forbid_sync`,
        'meta l4proto 112 goto forbid_vrrp',
      ],
    },
  ];
}

// What the rules of `fence` find, for most packets find nothing: only here it is asked for the device, which costs three look-ups of an
// address. By our own devices everything may come, from outside what has an egress address.
const suspects: readonly NftChain[] = [
  { name: 'own_source', rules: [`${own} accept`, `${wayBackMissing} ${drop(counters.spoofedOwn)}`] },
  { name: 'into_transit', rules: [`${own} accept`, drop(counters.injected)] },
  {
    name: 'pod_source',
    rules: [`iifname @${outerSet} return`, `${own} accept`, `${wayBackMissing} ${drop(counters.spoofedOwn)}`],
  },
  {
    name: 'into_egress',
    rules: [
      `iifname @${outerSet} return`,
      `${own} accept`,
      // In the outside's name: no way leads by that device, neither to the address nor to whom it claims to be from.
      `fib daddr . iif type != local ${wayBackMissing} fib daddr . iif oif missing ${drop(counters.injected)}`,
    ],
  },
];

// Before conntrack (-200): a forged packet may belong to somebody's flow, and would be taken for it; and what conntrack must not follow
// is said here, too, for every hook costs every packet.
function fences(plan: NodePlan): NftChain[] {
  return [
    { name: 'fence6', rules: fenceRules(plan, 6) },
    baseChain('fence', { type: 'filter', hook: 'prerouting', priority: -310 }, [
      `udp dport ${plan.tunnel.port} jump ${untrackedChain}`,
      'meta nfproto ipv6 goto fence6',
      ...fenceRules(plan, 4),
    ]),
  ];
}

function fenceRules(plan: NodePlan, family: Family): string[] {
  const ip = ipOf(family);
  const { transit, tunnels, given } = rangesOf(plan, family);
  return [
    // The tunnel addresses among them are on-link where nodes are; to the others there is no such way at all.
    `${ip} saddr ${transit} jump own_source`,
    `${ip} daddr ${transit} ${ip} daddr != ${tunnels} jump into_transit`,
    ...(given.length === 0 ? [] : [`${ip} saddr { ${given.join(', ')} } jump pod_source`]),
    `${ip} saddr @egress_address${family} jump pod_source`,
    // Of an egress address, whoever has it: all of them are in the map.
    `counter name ${ip} daddr map @${receivedMap}${family} jump into_egress`,
  ];
}

/** Drops what is bound for a transit address: none arrives so but out of the tunnel, or as what a reply's translation made of it. */
function intoTransit(plan: NodePlan, family: Family): string {
  const { transit, tunnels } = rangesOf(plan, family);
  return `${ipOf(family)} daddr ${transit} ${ipOf(family)} daddr != ${tunnels} ${drop(counters.injected)}`;
}

/** The transit range, its tunnel addresses, and those that the platform team gave elsewhere. */
function rangesOf(plan: NodePlan, family: Family) {
  const { ipv4, ipv6 } = plan.transit;
  const transit = parseTransit(ipv4, ipv6);
  if (transit === undefined) throw new RangeError(`transit range ${ipv4}, ${ipv6} is not a /15 and a /48`);
  const range = family === 4 ? transit.ipv4 : transit.ipv6;
  const given = plan.tunnelAddresses.filter((text) => {
    const ip = parseIp(text);
    return ip?.family === family && !cidrContains(range, ip);
  });
  return { transit: family === 4 ? ipv4 : ipv6, tunnels: tunnelRange(transit, family), given };
}
