import type { NodePlan } from '../../compile/node-plan.ts';
import { mayOwnTunnel6, outerFamily } from '../../compile/outer.ts';
import { parseTransit, tunnelRange } from '../../net/transit.ts';
import { type BgpPeer, bgpPlanOf } from '../bgp/model.ts';
import { bgpListenPort } from '../bgp/render.ts';
import type { NftChain } from '../nft/model.ts';
import { pairsOf } from '../replication/pair.ts';
import { counters, devices, hex, type Marks, outerSet, passingMark, replyMark, retiredSet } from './names.ts';
import { networkGuards } from './networks.ts';
import { baseChain as base } from './nft-chain.ts';
import { fromNoNode, fromNowhere, untrackedChain } from './nft-fence.ts';
import { judgeChains } from './nft-judge.ts';
import { probeDevices } from './probe.ts';

const tunnel = `"${devices.tunnel}"`;
const fromTunnel = `{ "${devices.tunnel}", "${devices.localOut}" }`;
const ours = `{ "${devices.tunnel}", "${devices.localIn}", "${devices.localOut}" }`;
// Between a node's probe and its reflector packets have transit sources: they end there.
const oursAndProbes = `{ ${[...Object.values(devices), ...Object.values(probeDevices)].map((name) => `"${name}"`).join(', ')} }`;
const drop = (counter: string): string => `counter name "${counter}" drop`;

/** The hooks of `inet sallyport`, in the order in which a packet meets them. */
export function baseChains(plan: NodePlan, marks: Marks): NftChain[] {
  return [
    ...untracked(plan, marks),
    ...judgeChains(plan, marks),
    tunnelIn,
    ...vrrpChains(plan),
    ...bgpChains(plan),
    input(plan),
    clamp(marks),
    source(marks),
    guard(plan, marks),
  ];
}

// Before conntrack (-200): the tunnel's own packets need no entry, they would fill the table with one per source port. Those to the
// tunnel address of a group that this node may own are taken by whoever gets them: after a move some still come to the old owner.
function untracked(plan: NodePlan, marks: Marks): NftChain[] {
  const { tunnel } = plan;
  const toTunnel = outerFamily(plan) === 4 ? 'ip daddr @tunnel_address4' : 'ip6 daddr @tunnel_address6';
  const passing = `meta mark set meta mark & ${hex(~marks.id)} | ${hex(passingMark(marks))}`;
  // Its route is found: the mark has done what it is for.
  const unmark = mayOwnTunnel6(plan) ? ` meta mark set meta mark & ${hex(~marks.id)}` : '';
  return [
    { name: untrackedChain, rules: ['fib daddr type local notrack accept', `${toTunnel} ${passing} notrack`] },
    base('untracked_out', { type: 'filter', hook: 'output', priority: -300 }, [
      `udp dport ${tunnel.port}${unmark} notrack`,
    ]),
  ];
}

// Frames of the tunnel, wherever they come from.
const tunnelIn: NftChain = {
  name: 'tunnel_in',
  rules: [
    'ip saddr != @tunnel_peer4',
    'ip6 saddr != @tunnel_peer6',
    // A Pod's packet may have a node's address as its source: by the CNI's masquerade, where it came round by another address of this node.
    'ip daddr != @node_end4',
    'ip6 daddr != @node_end6',
    fromNoNode,
  ].map((stranger) => `${stranger} ${drop(counters.tunnelPort)}`),
};

function input(plan: NodePlan): NftChain {
  const { tunnel } = plan;
  return base('input', { type: 'filter', hook: 'input', priority: -1 }, [
    `udp dport ${tunnel.port} goto tunnel_in`,
    // VRRPv3 has no authentication (RFC 5798 §9).
    ...(routersOf(plan).length === 0 ? [] : ['meta l4proto 112 fib daddr type local jump vrrp']),
    // Neither has conntrackd: whoever reaches its port may end flows and make others. The peer is where the way to it leads.
    ...pairsOf(plan).flatMap(({ port, peer }) => {
      const ip = peer.includes(':') ? 'ip6' : 'ip';
      return [
        `udp dport ${port} ${ip} saddr != ${peer} ${drop(counters.sync)}`,
        `udp dport ${port} ${fromNoNode} ${drop(counters.sync)}`,
      ];
    }),
    ...(speakersOf(plan).length === 0 ? [] : [`tcp dport ${bgpListenPort} goto bgp_in`]),
    // Those outside are told apart by BIRD (RFC 5881 §5), and the port may be another speaker's, with peers of its own.
    ...(speakersOf(plan).some(({ bfd }) => bfd) ? [`udp dport 3784 iifname != @${outerSet} goto bgp_in`] : []),
  ]);
}

// BIRD connects, and nobody need connect to it: but it listens, on all addresses of the node, and cannot be told not to (2.0.12).
function bgpChains(plan: NodePlan): NftChain[] {
  const peers = speakersOf(plan).map(({ address }) => address);
  if (peers.length === 0) return [];
  const rules = ([4, 6] as const).map((family) => {
    const own = peers.filter((address) => address.includes(':') === (family === 6));
    if (own.length === 0) return `meta nfproto ipv${family} ${drop(counters.bgp)}`;
    return `${family === 6 ? 'ip6' : 'ip'} saddr != { ${own.join(', ')} } ${drop(counters.bgp)}`;
  });
  return [{ name: 'bgp_in', rules: [...rules, `${fromNowhere} ${drop(counters.bgp)}`] }];
}

const speakersOf = (plan: NodePlan): readonly BgpPeer[] => bgpPlanOf(plan)?.peers ?? [];

// A rule for each of our routers: nft 1.0.6 dies when it lists a set of raw bytes, and with it nobody could read the table.
function vrrpChains(plan: NodePlan): NftChain[] {
  const routers = routersOf(plan);
  if (routers.length === 0) return [];
  const strangers = ['ip saddr != @candidate4', 'ip6 saddr != @candidate6', fromNoNode];
  return [
    { name: 'believed', rules: strangers.map((stranger) => `${stranger} ${drop(counters.vrrp)}`) },
    { name: 'vrrp', rules: routers.map((router) => `@th,8,8 ${router} goto believed`) },
  ];
}

function routersOf({ groups }: NodePlan): number[] {
  return groups.flatMap(({ vrrp }) => (vrrp === undefined ? [] : [vrrp.virtualRouterId]));
}

// The tunnel's MTU is smaller than the Pod's: without this every full-size segment would need an ICMP first.
function clamp(marks: Marks): NftChain {
  return base('clamp', { type: 'filter', hook: 'forward', priority: -150 }, [
    // It is routed, and the mark was for the check of its source alone.
    `meta mark & ${hex(marks.id)} == ${hex(replyMark(marks))} meta mark set meta mark & ${hex(~marks.id)}`,
    `tcp flags syn oifname ${ours} tcp option maxseg size set rt mtu`,
  ]);
}

// One before the CNI's masquerade (srcnat = 100): whoever decides first, decides for the flow.
function source(marks: Marks): NftChain {
  const ofGroup = `meta mark & ${hex(marks.group)}`;
  const ofFlow = `ct mark & ${hex(marks.id)}`;
  return base('source', { type: 'nat', hook: 'postrouting', priority: 99 }, [
    // The gateway hop tells flows apart by what this makes of them; else the source port stays what it was.
    `oifname ${tunnel} ip saddr @${retiredSet}4 snat ip to ${ofGroup} map @transit4 fully-random`,
    `oifname ${tunnel} ip6 saddr @${retiredSet}6 snat ip6 to ${ofGroup} map @transit6 fully-random`,
    `oifname ${tunnel} snat ip to ${ofGroup} map @transit4`,
    `oifname ${tunnel} snat ip6 to ${ofGroup} map @transit6`,
    `iifname ${fromTunnel} snat ip to ${ofFlow} map @egress4`,
    `iifname ${fromTunnel} snat ip6 to ${ofFlow} map @egress6`,
  ]);
}

function guard(plan: NodePlan, marks: Marks): NftChain {
  const { transit } = plan;
  // The owner answers for its tunnel address, by NDP in that address's own name: where nodes tunnel by IPv6 it is on the wire.
  const tunnels = outerFamily(plan) === 6 ? parseTransit(transit.ipv4, transit.ipv6) : undefined;
  const but = tunnels === undefined ? '' : ` ip6 saddr != ${tunnelRange(tunnels, 6)}`;
  return base('guard', { type: 'filter', hook: 'postrouting', priority: 300 }, [
    // Never forwarded, and the kernel's own MLD reports carry arbitrary numbers as their mark (measured with 6.18).
    'ip6 daddr ff02::/16 return',
    `meta mark & ${hex(marks.id)} != 0 oifname != ${tunnel} ${drop(counters.guardMark)}`,
    `ip saddr ${transit.ipv4} oifname != ${oursAndProbes} ${drop(counters.guardTransit)}`,
    `ip6 saddr ${transit.ipv6}${but} oifname != ${oursAndProbes} ${drop(counters.guardTransit)}`,
    ...networkGuards(plan, marks),
  ]);
}
