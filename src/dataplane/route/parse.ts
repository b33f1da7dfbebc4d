import { canonicalIp } from '../../net/ip.ts';
import { type Json, parseList, textOf } from './json.ts';
import type { FdbEntry, IpFamily, Neighbour, RouteOwnership, RouteState } from './model.ts';
import { parseAddresses, parseLink } from './parse-link.ts';
import { parseRoute, parseRule } from './parse-route.ts';

/** What iproute2 printed, each a JSON list; routes are those of our protocol only. */
export interface RouteText {
  /** `ip -N -d -j addr show` */
  readonly links: string;
  /** `ip -N -j -4 route show table all proto 84`, and -6 */
  readonly routes4: string;
  readonly routes6: string;
  /** `ip -N -j -4 rule show`, and -6 */
  readonly rules4: string;
  readonly rules6: string;
  /** `ip -j neigh show nud permanent` */
  readonly neighbours: string;
  /** `bridge -j fdb show` */
  readonly fdb: string;
}

/** Our part of the node's state. Throws SyntaxError when iproute2 did not print lists; single entries it cannot read are left out. */
export function parseRouteState(text: RouteText, owned: RouteOwnership): RouteState {
  const devices = new Set(owned.devices);
  const isOurs = (field: string) => (json: Json) => devices.has(textOf(json[field]) ?? '');
  const links = parseList(text.links, 'ip addr').filter(isOurs('ifname'));
  return {
    links: links.map(parseLink).filter(isPresent),
    addresses: links.flatMap(parseAddresses),
    routes: both(text.routes4, text.routes6, { what: 'ip route', parse: parseRoute }),
    rules: both(text.rules4, text.rules6, { what: 'ip rule', parse: parseRule }).filter((rule) =>
      owned.priorities.includes(rule.priority),
    ),
    neighbours: parseList(text.neighbours, 'ip neigh').filter(isOurs('dev')).map(parseNeighbour).filter(isPresent),
    fdb: parseList(text.fdb, 'bridge fdb').filter(isOurs('ifname')).map(parseFdbEntry).filter(isPresent),
  };
}

function both<T>(
  four: string,
  six: string,
  { what, parse }: { what: string; parse: (family: IpFamily, json: Json) => T | undefined },
): readonly T[] {
  return [
    ...parseList(four, what).map((json) => parse(4, json)),
    ...parseList(six, what).map((json) => parse(6, json)),
  ].filter(isPresent);
}

function parseNeighbour(json: Json): Neighbour | undefined {
  const address = canonicalIp(textOf(json['dst']) ?? '');
  const mac = textOf(json['lladdr'])?.toLowerCase();
  const device = textOf(json['dev']);
  return address === undefined || mac === undefined || device === undefined ? undefined : { device, address, mac };
}

// Entries without an outer address are the multicast filters of ordinary devices.
function parseFdbEntry(json: Json): FdbEntry | undefined {
  const destination = canonicalIp(textOf(json['dst']) ?? '');
  const mac = textOf(json['mac'])?.toLowerCase();
  const device = textOf(json['ifname']);
  return destination === undefined || mac === undefined || device === undefined
    ? undefined
    : { device, mac, destination };
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
