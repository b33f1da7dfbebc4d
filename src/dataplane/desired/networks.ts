import type { NetworkRoutes, NodePlan, PlanGroup } from '../../compile/node-plan.ts';
import type { Family } from '../../net/ip.ts';
import { type Transit, transitRange } from '../../net/transit.ts';
import type { Route, Rule } from '../route/model.ts';
import { counters, devices, groupMark, hex, type Marks, marksOf, priorities, replyMark, tables } from './names.ts';
import { probeDevices, reflectorAddress } from './probe.ts';

/** A link of the node with the subnets that are on it by its own addresses, canonical CIDRs. */
export interface NetworkLink {
  readonly device: string;
  /** Whether its flag UP is set: the kernel refuses routes by any other. */
  readonly isUp: boolean;
  readonly subnets: readonly string[];
}

/** A group of this node whose packets are not routed by the main table. */
interface Routed {
  readonly group: number;
  readonly device: string;
  readonly routes: NetworkRoutes;
}

const lastMetric = 4_278_198_272;
const fromTunnel = `{ "${devices.tunnel}", "${devices.localOut}" }`;

/**
 * Rules that lead what the gateway hop sends to the table of its network. Source translation comes after routing, so the source is
 * still the group's transit address; and the kernel's reverse path check of a reply asks with the same source and finds the same
 * table: strict rp_filter stays as it is. A table that somebody else keeps may have no route: what it lets through ends in ours.
 */
export function networkRules(plan: Pick<NodePlan, 'groups'>, transit: Transit, family: Family): Rule[] {
  return routedGroups(plan).flatMap(({ group, routes }) => {
    const rule = { family, from: transitRange(transit, family, group) };
    const reflector = `${reflectorAddress(transit, family)}/${family === 4 ? 32 : 128}`;
    const toProbe: Rule = { ...rule, to: reflector, priority: priorities.networkProbeRule, table: tables.main };
    const own: Rule = { ...rule, priority: priorities.networkEndRule, table: networkTable(group) };
    if (routes.kind === 'own') return [toProbe, own];
    return [toProbe, { ...rule, priority: priorities.networkRule, table: routes.table }, own];
  });
}

/** A table per routed group, the subnets of its device and its next hop; and last a silent end, which is all of it while the device is not up. */
export function networkRoutes(plan: Pick<NodePlan, 'groups'>, links: readonly NetworkLink[], family: Family): Route[] {
  return routedGroups(plan).flatMap(({ group, device, routes }) => {
    const table = networkTable(group);
    const destination = family === 4 ? '0.0.0.0/0' : '::/0';
    // An ICMP error would end a Pod's connection at once; without one its SYN is sent again, perhaps by another owner.
    const end: Route = { family, table, destination, kind: 'blackhole', metric: lastMetric };
    const link = links.find((each) => each.device === device && each.isUp);
    if (routes.kind === 'table' || link === undefined) return [end];
    const via = family === 4 ? routes.gateway4 : routes.gateway6;
    const subnets = link.subnets.filter((subnet) => subnet.includes(':') === (family === 6));
    const onLink = { family, table, kind: 'unicast' as const, device };
    return [
      ...subnets.map((subnet): Route => ({ ...onLink, destination: subnet })),
      ...(via === undefined ? [] : [{ ...onLink, destination, via, onlink: true }]),
      end,
    ];
  });
}

/**
 * A node that has no route to a network's partners still takes their replies out of the tunnel: loose rp_filter wants some route to
 * the source, and asks with the mark that they carry (src_valid_mark). After the main table, which leads the replies to their Pods.
 */
export function replyRules({ groups, marks }: Pick<NodePlan, 'groups' | 'marks'>): Rule[] {
  if (groups.length === 0) return [];
  const parts = marksOf(marks.mask);
  const mark = { value: replyMark(parts), mask: parts.id };
  return [{ family: 4, priority: priorities.replyRule, table: tables.tunnel, mark }];
}

/** Rules of postrouting: what is of a network leaves by its device or not at all, whoever removed a route or a rule. */
export function networkGuards(plan: NodePlan, marks: Marks): string[] {
  return routedGroups(plan).map(({ group, device }) => {
    // Replies come out of the tunnel with the same mark, on their way to a Pod.
    const ofGroup = `ct direction original ct mark & ${hex(marks.group)} == ${hex(groupMark(marks, group))}`;
    return `iifname ${fromTunnel} ${ofGroup} oifname != { "${device}", "${probeDevices.reflector}" } counter name "${counters.guardNetwork}" drop`;
  });
}

const networkTable = (group: number): number => tables.network + group;

function routedGroups({ groups }: Pick<NodePlan, 'groups'>): readonly Routed[] {
  return groups.flatMap(({ group, vrrp }: PlanGroup): Routed[] =>
    vrrp?.routes === undefined || vrrp.networkInterface === undefined
      ? []
      : [{ group, device: vrrp.networkInterface, routes: vrrp.routes }],
  );
}
