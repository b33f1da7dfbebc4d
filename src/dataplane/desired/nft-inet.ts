import type { NodePlan } from '../../compile/node-plan.ts';
import { cidrRange, parseCidr } from '../../net/cidr.ts';
import { type Family, formatIp } from '../../net/ip.ts';
import { normalise } from '../../net/ranges.ts';
import { parseTransit, transitAddress } from '../../net/transit.ts';
import type { NftMap, NftSet, NftTable } from '../nft/model.ts';
import {
  beaconCounter,
  counters,
  endedSet,
  groupMark,
  type Marks,
  marksOf,
  outerSet,
  retiredSet,
  tableName,
  underlaySet,
} from './names.ts';
import { baseChains } from './nft-base-chains.ts';
import { fenceChains } from './nft-fence.ts';
import { identityChains, identityCounters, identityMaps, receivedMapOf } from './nft-identity.ts';
import { isolatedPods, straySources } from './nft-isolation.ts';
import { linkSets, newLinkChains } from './nft-links.ts';
import { decisionObjects, ordinaryChain, podMap, profileObjects, span } from './nft-profiles.ts';
import { filledByAgent, mapWithRoom, setWithRoom } from './room.ts';

const families: readonly Family[] = [4, 6];
/** No flow of the gateway hop lasts that long without a packet, but for TCP in mid-stream. */
const retiredSeconds = 3_600;
const addressType = (family: Family) => (family === 4 ? 'ipv4_addr' : 'ipv6_addr');

/** Devices of a node that are no Pod's. */
export interface NodeDevices {
  /** All by which somebody outside the node may be heard. */
  readonly outer: readonly string[];
  /** Of these the ones by which other nodes may be, whichever way the node itself sends to them. */
  readonly underlay: readonly string[];
}

/** The table `inet sallyport` of a node: judge, translate, guard (dataplane.md §1, §5); kernel 5.16, nft 1.0.6. */
export function inetTable(plan: NodePlan, near: NodeDevices = { outer: [], underlay: [] }): NftTable {
  const marks = marksOf(plan.marks.mask);
  const profiles = families.flatMap((family) => plan.profiles.map((profile) => profileObjects(profile, family)));
  const decisions = decisionObjects(plan.profiles);
  return {
    family: 'inet',
    name: tableName,
    counters: [
      ...Object.values(counters),
      ...(plan.beacons === undefined ? [] : [beaconCounter]),
      ...identityCounters(plan),
    ].toSorted(),
    sets: [
      deviceSet(outerSet, near.outer),
      deviceSet(underlaySet, near.underlay),
      ...families.flatMap((family) => addressSets(plan, family)),
      ...linkSets(),
    ].map(setWithRoom),
    maps: [
      ...identityMaps(plan.identities, marks),
      ...families.flatMap((family) => [
        podMap(plan, family),
        transitMap(plan, family, marks),
        egressMap(plan, family, marks),
        receivedMapOf(plan, family),
      ]),
      ...profiles.flatMap(({ map }) => map ?? []),
      ...decisions.maps,
    ].map(mapWithRoom),
    chains: [
      ...identityChains(plan, marks),
      { name: 'refuse', rules: [`counter name "${counters.refused}" drop`] },
      { name: 'isolate', rules: [`counter name "${counters.isolated}" drop`] },
      { name: ordinaryChain, rules: [...straySources(plan), 'accept'] },
      ...profiles.map(({ chain }) => chain),
      ...decisions.chains,
      ...fenceChains(plan),
      ...newLinkChains(marks),
      ...baseChains(plan, marks),
    ],
  };
}

const deviceSet = (name: string, elements: readonly string[]): NftSet => ({
  name,
  key: ['ifname'],
  flags: [],
  elements,
});

function addressSets(plan: NodePlan, family: Family): NftSet[] {
  const key = [addressType(family)] as const;
  const is = (address: string | undefined): address is string => address?.includes(':') === (family === 6);
  const set = (name: string, elements: readonly string[]): NftSet => ({
    name: `${name}${family}`,
    key,
    flags: [],
    elements: [...new Set(elements)].toSorted(),
  });
  const holds = plan.podStart === 'Hold';
  const candidates = plan.groups.flatMap((group) => group.candidates.map(({ address }) => address)).filter(is);
  const tunnels = plan.groups.flatMap(({ vrrp, tunnel }) => (vrrp === undefined ? [] : [tunnel]));
  const peers = plan.peers.flatMap((peer) => [peer.address4, peer.address6]).filter(is);
  return [
    { ...set('cluster', rangeElements(plan.clusterRanges, family)), flags: ['interval'] },
    { ...set('pod_range', rangeElements(holds ? plan.podRanges : [], family)), flags: ['interval'] },
    set('judged', holds ? plan.judged.filter(is) : []),
    { ...set(endedSet, []), ...filledByAgent },
    { ...set(retiredSet, []), flags: ['dynamic', 'timeout'], timeout: retiredSeconds },
    set('egress_address', plan.egressAddresses.filter(is)),
    set('isolated', isolatedPods(plan).filter(is)),
    set('candidate', candidates),
    set('node_end', [...plan.nodeAddresses, ...plan.tunnelAddresses].filter(is)),
    set('tunnel_address', tunnels.filter(is)),
    set('tunnel_peer', [...candidates, ...peers]),
  ];
}

// Interval elements are compared as text with what the kernel shows: disjoint and merged.
function rangeElements(ranges: readonly string[], family: Family): string[] {
  const parsed = ranges.flatMap((text) => parseCidr(text) ?? []).filter((cidr) => cidr.family === family);
  return normalise(parsed.map(cidrRange)).map(({ from, to }) =>
    span({ from: formatIp({ family, value: from }), to: formatIp({ family, value: to }) }),
  );
}

function transitMap(plan: NodePlan, family: Family, marks: Marks): NftMap {
  const transit = parseTransit(plan.transit.ipv4, plan.transit.ipv6);
  const elements = plan.groups.flatMap(({ group }) =>
    transit === undefined
      ? []
      : [
          [
            String(groupMark(marks, group)),
            transitAddress(transit, family, { group, index: plan.node.index }),
          ] as const,
        ],
  );
  return { name: `transit${family}`, key: ['mark'], value: addressType(family), flags: [], elements };
}

function egressMap(plan: NodePlan, family: Family, marks: Marks): NftMap {
  const elements = plan.identities.flatMap((identity) => {
    const address = family === 4 ? identity.egress4 : identity.egress6;
    return address === undefined ? [] : [[String(identity.id << marks.shift), address] as const];
  });
  return { name: `egress${family}`, key: ['mark'], value: addressType(family), flags: [], elements };
}
