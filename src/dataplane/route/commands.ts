import type { FdbEntry, LinkAddress, Neighbour, Route, Rule, VethLink, VxlanLink } from './model.ts';
import { routeProtocol } from './model.ts';

/** Makes a VXLAN device; it comes up by `link set`. */
export function addVxlan(link: VxlanLink): string {
  const local = link.local === undefined ? '' : ` local ${link.local}`;
  return `link add dev ${link.name} address ${link.mac} mtu ${link.mtu} type vxlan id ${link.vni} dstport ${link.port}${local} nolearning`;
}

/** Makes both ends of a pair. */
export function addVeth(link: VethLink, peer: VethLink): string {
  return `link add dev ${link.name} address ${link.mac} mtu ${link.mtu} type veth peer name ${peer.name} address ${peer.mac} mtu ${peer.mtu}`;
}

/** `address add` (IPv6 without duplicate detection: nobody else can hear us on our devices) or `address del`. */
export function changeAddress(verb: 'replace' | 'del', entry: LinkAddress): string {
  const options = verb === 'replace' ? ` scope ${entry.scope}${entry.address.includes(':') ? ' nodad' : ''}` : '';
  return `address ${verb} ${entry.address} dev ${entry.device}${options}`;
}

/** `route replace` or `route del`, always naming our protocol, so that a foreign route is never deleted. */
export function changeRoute(verb: 'replace' | 'del', route: Route): string {
  return [
    `route ${verb} ${route.kind} ${route.destination}`,
    ...option('via', route.via),
    ...option('dev', route.device),
    ...(route.onlink === true ? ['onlink'] : []),
    `table ${route.table} proto ${routeProtocol}`,
    ...option('src', route.source),
    ...option('metric', route.metric),
  ].join(' ');
}

/** `rule add` or `rule del` with every selector. */
export function changeRule(verb: 'add' | 'del', rule: Rule): string {
  const mark = rule.mark && `0x${rule.mark.value.toString(16)}/0x${rule.mark.mask.toString(16)}`;
  return [
    `rule ${verb} priority ${rule.priority}`,
    ...option('from', rule.from),
    ...option('to', rule.to),
    ...option('iif', rule.incoming),
    ...option('fwmark', mark),
    `table ${rule.table}`,
    ...(verb === 'add' ? [`protocol ${routeProtocol}`] : []),
  ].join(' ');
}

/** `neigh replace … nud permanent` or `neigh del`. */
export function changeNeighbour(verb: 'replace' | 'del', entry: Neighbour): string {
  const mac = verb === 'replace' ? ` lladdr ${entry.mac} nud permanent` : '';
  return `neigh ${verb} ${entry.address}${mac} dev ${entry.device}`;
}

/** `fdb replace` or `fdb del`. */
export function changeFdb(verb: 'replace' | 'del', entry: FdbEntry): string {
  return `fdb ${verb} ${entry.mac} dev ${entry.device} dst ${entry.destination}`;
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name} ${value}`];
}
