import { createMemo } from '../../compile/memo.ts';
import type { NodePlan, PlanNode } from '../../compile/node-plan.ts';
import { outerAddress, outerFamily } from '../../compile/outer.ts';
import type { Family } from '../../net/ip.ts';
import { gatewayMac } from '../../net/mac.ts';
import { hopAddress, parseTransit, type Transit, transitAddress, tunnelRange } from '../../net/transit.ts';
import type { FdbEntry, Link, Neighbour, Route, RouteState, Rule } from '../route/model.ts';
import { devices, groupMark, marksOf, passingMark, priorities, tables, undecidedMac } from './names.ts';
import { type NetworkLink, networkRoutes, networkRules, replyRules } from './networks.ts';

/** The node's own link that carries the tunnel: the one that holds the node's address. */
export interface Underlay {
  readonly device: string;
  readonly mtu: number;
  /** The kernel refuses routes by a link that is not, and removed those that it had. */
  readonly isUp: boolean;
}

/** VXLAN's own bytes by outer family: 20 or 40 IP + 8 UDP + 8 VXLAN + 14 Ethernet (RFC 7348 §5). */
const overhead = { 4: 50, 6: 70 } as const;
/** The MTU of the tunnel's devices over an underlay. */
export const tunnelMtuOf = (plan: Pick<NodePlan, 'node' | 'tunnelAddresses'>, { mtu }: Pick<Underlay, 'mtu'>): number =>
  mtu - overhead[outerFamily(plan)];
const families: readonly Family[] = [4, 6];
const unreachableMetric = 4_278_198_272;

/** What routes depend on: not on Pods, which come and go most. */
type RoutePlan = Pick<
  NodePlan,
  'node' | 'tunnel' | 'transit' | 'marks' | 'tunnelAddresses' | 'groups' | 'identities' | 'peers'
>;

/**
 * Links, addresses, routes, rules, neighbours and forwarding entries of both hops (dataplane.md §1, §2); the very same object as long as
 * nothing of it has changed.
 */
export function routeStateOf(
  plan: RoutePlan,
  underlay: Underlay,
  networkLinks: readonly NetworkLink[] = [],
): RouteState {
  const { node, tunnel, transit, marks, tunnelAddresses, groups, identities, peers } = plan;
  const { device, mtu, isUp } = underlay;
  const links = networkLinks.map((link) => [link.device, link.isUp, link.subnets]);
  const few = JSON.stringify([node, tunnel, transit, marks, tunnelAddresses, device, mtu, isUp, links]);
  return states(groups, [identities, peers, few], () => newState(plan, underlay, networkLinks));
}

const states = createMemo<RoutePlan['groups'], RouteState>();

function newState(plan: RoutePlan, underlay: Underlay, networkLinks: readonly NetworkLink[]): RouteState {
  const transit = parseTransit(plan.transit.ipv4, plan.transit.ipv6);
  if (transit === undefined)
    throw new RangeError(`transit range ${plan.transit.ipv4}, ${plan.transit.ipv6} is not a /15 and a /48`);
  const hop = (family: Family, index: number) => hopAddress(transit, family, index);
  return {
    links: links(plan, underlay),
    // For IPv4's rp_filter. IPv6 has none, and would choose such an address as source of the node's own packets to Pods.
    addresses: Object.values(devices).map((device) => ({
      device,
      address: `${hop(4, plan.node.index)}/32`,
      scope: 'link' as const,
    })),
    rules: [
      ...families.flatMap((family) => groupRules(plan, family)),
      ...passingRules(plan),
      ...families.flatMap((family) => networkRules(plan, transit, family)),
      ...replyRules(plan),
    ],
    routes: [
      ...families.flatMap((family) => [
        ...sharedRoutes(plan, transit, { family, underlay }),
        ...wayBack(plan, transit, family),
        ...networkRoutes(plan, networkLinks, family),
      ]),
      ...passing(plan),
    ],
    neighbours: families.flatMap((family) => neighbours(plan, (index) => hop(family, index))),
    fdb: forwarding(plan),
  };
}

function links(plan: RoutePlan, underlay: Underlay): Link[] {
  const { node, tunnel } = plan;
  const outer = outerFamily(plan);
  const common = { mtu: tunnelMtuOf(plan, underlay), up: true };
  const address = outerAddress(node, outer);
  const local = address === undefined ? {} : { local: address };
  return [
    { kind: 'vxlan', name: devices.tunnel, mac: node.mac, vni: tunnel.vni, port: tunnel.port, ...local, ...common },
    { kind: 'veth', name: devices.localIn, peer: devices.localOut, mac: node.mac, ...common },
    {
      kind: 'veth',
      name: devices.localOut,
      peer: devices.localIn,
      mac: node.mac.replace('02:ec:', '02:ed:'),
      ...common,
    },
  ];
}

function groupRules({ groups, marks }: RoutePlan, family: Family): Rule[] {
  const parts = marksOf(marks.mask);
  return groups.map(({ group }) => ({
    family,
    priority: priorities.groupRule,
    table: tables.tunnel,
    mark: { value: groupMark(parts, group), mask: parts.group },
  }));
}

// Neighbours that have not learnt yet still send to the old owner, and it still has the flows: it takes the tunnel's packets
// without having the address, and without answering for it (ARP looks up a packet without our mark, NDP the device's addresses).
function passingRules(plan: RoutePlan): Rule[] {
  const { groups, marks } = plan;
  if (!groups.some(({ vrrp, tunnel }) => vrrp !== undefined && tunnel !== undefined)) return [];
  const parts = marksOf(marks.mask);
  const mark = { value: passingMark(parts), mask: parts.id };
  return [{ family: outerFamily(plan), priority: priorities.passingRule, table: tables.passing, mark }];
}

function passing({ groups }: RoutePlan): Route[] {
  return groups.flatMap(({ vrrp, tunnel }): Route[] => {
    if (vrrp === undefined || tunnel === undefined) return [];
    const family = familyOf(tunnel);
    const destination = `${tunnel}/${family === 4 ? 32 : 128}`;
    return [{ family, table: tables.passing, destination, kind: 'local', device: 'lo' }];
  });
}

const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4);

interface Scope {
  readonly family: Family;
  readonly underlay: Underlay;
}

// Both tables end unreachable: were a device gone, a marked packet must not fall through to the main table.
function sharedRoutes(plan: RoutePlan, transit: Transit, { family, underlay }: Scope): Route[] {
  const everywhere = family === 4 ? '0.0.0.0/0' : '::/0';
  const next = hopAddress(transit, family, 0);
  const into = (table: number, device: string): Route[] => [
    { family, table, destination: everywhere, kind: 'unicast', device, via: next, onlink: true },
    { family, table, destination: everywhere, kind: 'unreachable', metric: unreachableMetric },
  ];
  const source = outerAddress(plan.node, family);
  const tunnelOnLink: Route[] =
    family !== outerFamily(plan) || source === undefined || !underlay.isUp
      ? []
      : [
          {
            family,
            table: tables.main,
            destination: tunnelRange(transit, family),
            kind: 'unicast',
            device: underlay.device,
            source,
          },
        ];
  return [
    ...into(tables.tunnel, devices.tunnel),
    ...tunnelOnLink,
    // A reply whose flow is gone would else follow the default route. Silent: an ICMP error would end a flow that a new owner may know.
    {
      family,
      table: tables.main,
      destination: family === 4 ? plan.transit.ipv4 : plan.transit.ipv6,
      kind: 'blackhole',
    },
  ];
}

// Replies leave the gateway hop towards the transit address of the Pod's node; the owner's own through the veth pair (dataplane.md §1.4).
function wayBack(plan: RoutePlan, transit: Transit, family: Family): Route[] {
  const held = plan.groups.filter(({ vrrp }) => vrrp !== undefined);
  return held.flatMap(({ group }) =>
    [plan.node, ...plan.peers].map((node) => ({
      family,
      table: tables.main,
      destination: `${transitAddress(transit, family, { group, index: node.index })}/${family === 4 ? 32 : 128}`,
      kind: 'unicast' as const,
      device: node === plan.node ? devices.localOut : devices.tunnel,
      // The own hop address is local, and no next hop may be: 0 stands for the other end of the pair, too.
      via: hopAddress(transit, family, node === plan.node ? 0 : node.index),
      onlink: true,
    })),
  );
}

function neighbours(plan: RoutePlan, hop: (index: number) => string): Neighbour[] {
  return [
    { device: devices.tunnel, address: hop(0), mac: undecidedMac },
    { device: devices.localOut, address: hop(0), mac: plan.node.mac },
    ...plan.peers.map((peer) => ({ device: devices.tunnel, address: hop(peer.index), mac: peer.mac })),
  ];
}

function forwarding(plan: RoutePlan): FdbEntry[] {
  const outer = outerFamily(plan);
  // The device knows one family: the kernel refuses entries of the other.
  const ofOuter = (address: string | undefined) =>
    address !== undefined && familyOf(address) === outer ? address : undefined;
  const tunnels = new Map(plan.groups.map(({ group, tunnel }) => [group, ofOuter(tunnel)]));
  const gateways = plan.identities.flatMap(({ id, group }) => fdbEntry(gatewayMac(id), tunnels.get(group)));
  return [...gateways, ...plan.peers.flatMap((peer: PlanNode) => fdbEntry(peer.mac, outerAddress(peer, outer)))];
}

function fdbEntry(mac: string, destination: string | undefined): FdbEntry[] {
  return destination === undefined ? [] : [{ device: devices.tunnel, mac, destination }];
}
