import type { NodePlan } from '../../compile/node-plan.ts';
import { beaconAddress, beaconPort } from '../../net/beacon.ts';
import type { Family } from '../../net/ip.ts';
import type { NftChain } from '../nft/model.ts';
import { beaconCounter, counters, devices, endedSet, hex, type Marks, replyMark } from './names.ts';
import { baseChain } from './nft-chain.ts';
import { freshFlows } from './nft-fence.ts';
import { isolatedPods, isolatedReplies, straySources } from './nft-isolation.ts';
import { newLinkRules } from './nft-links.ts';

const drop = (counter: string): string => `counter name "${counter}" drop`;
const ipOf = (family: Family): string => (family === 4 ? 'ip' : 'ip6');

/**
 * The hook `judge` and its chains: which Gateway a packet belongs to, and whether it may leave at all. After destination NAT (-100), so
 * that a Service's real endpoint is judged (decisions.md, Data plane). What most packets meet comes first, and only once.
 */
export function judgeChains(plan: NodePlan, marks: Marks): NftChain[] {
  const enter = `meta mark & ${hex(marks.id)} vmap @enter`;
  // A node without a route to the reply's source would refuse it: the check of the source finds one by this mark.
  const reply = `ct direction reply meta mark set meta mark & ${hex(~marks.id)} | ${hex(replyMark(marks))}`;
  return [
    { name: 'from_tunnel', rules: [enter, reply] },
    { name: 'from_local_out', rules: [enter] },
    { name: 'from_local_in', rules: [reply] },
    known(4, marks),
    known(6, marks),
    { name: 'decide6', rules: decide(plan, 6, marks) },
    judge(plan, marks),
  ];
}

function judge(plan: NodePlan, marks: Marks): NftChain {
  const isolates = isolatedPods(plan).length > 0;
  return baseChain('judge', { type: 'filter', hook: 'prerouting', priority: -95 }, [
    // The tunnel's own packets (`untracked_tunnel`): `input` looks at them.
    `udp dport ${plan.tunnel.port} ct state untracked return`,
    `iifname vmap { "${devices.tunnel}" : goto from_tunnel, "${devices.localOut}" : goto from_local_out, "${devices.localIn}" : goto from_local_in }`,
    ...newLinkRules(marks),
    // Replies go back the way their flow came: a NodePort's or LoadBalancer's must never be steered.
    ...(isolates ? isolatedReplies(hex(marks.id)) : []),
    'ct direction reply return',
    'meta nfproto ipv6 goto decide6',
    ...decide(plan, 4, marks),
  ]);
}

// Of a flow that was judged; what is not decided here has an identity that this node does not know any more.
function known(family: Family, marks: Marks): NftChain {
  return { name: `known${family}`, rules: [ended(family), unjudged(family), `ct mark & ${hex(marks.id)} vmap @keep`] };
}

function decide(plan: NodePlan, family: Family, marks: Marks): string[] {
  const ip = ipOf(family);
  return [
    `ct mark & ${hex(marks.id)} != 0 jump known${family}`,
    freshFlows,
    ...beaconRules(plan, family),
    // What belongs to a flow has another destination by now. Never an answer: a RST would end connections that a new owner is about
    // to pick up. Never an entry, wherever such a packet passes: it would take the flow's port (docs/design/0003).
    // The owner asks for its router's MAC in the name of what it sends (RFC 4861 §7.2.2); ARP does not pass here.
    ...(family === 6
      ? ['ip6 daddr @egress_address6 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } return']
      : []),
    `${ip} daddr @egress_address${family} ${drop(counters.unknownFlow)}`,
    ended(family),
    `${ip} daddr @cluster${family} return`,
    // Who is not judged is not in it, and is held below.
    `${ip} saddr vmap @pods${family}`,
    // A packet that passes while the kernel changes from one plan to the next may see parts of both: a Pod that is judged, but not who
    // it is; a chain, but not its rules yet.
    `${ip} saddr @pod_range${family} ${drop(counters.held)}`,
    ...straySources(plan),
  ];
}

// What a Pod's packets to the outside meet, and a CNI that takes them past netfilter does not let them meet; then it is told (agent/pod-path.ts).
function beaconRules(plan: NodePlan, family: Family): string[] {
  const ip = ipOf(family);
  const to = `${ip} daddr ${beaconAddress[family]} udp dport ${beaconPort}`;
  return (plan.beacons ?? [])
    .filter((address) => address.includes(':') === (family === 6))
    .map((address) => `${ip} saddr ${address} ${to} ${drop(beaconCounter)}`);
}

// Whatever belongs to a flow included, which may be that of the address's former holder.

/** Whose sandbox ended a moment ago: the address may be another Pod's by now, also with the same ports. */
function ended(family: Family): string {
  const ip = ipOf(family);
  return `${ip} saddr @${endedSet}${family} ${ip} daddr != @cluster${family} ${drop(counters.held)}`;
}

/** Until the agent knows what a Pod may do, its connections wait: a SYN comes again (dataplane.md §5). */
function unjudged(family: Family): string {
  const ip = ipOf(family);
  return `${ip} saddr != @judged${family} ${ip} saddr @pod_range${family} ${ip} daddr != @cluster${family} ${drop(counters.held)}`;
}
