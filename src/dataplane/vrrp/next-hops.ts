import type { NodePlan, PlanGroup } from '../../compile/node-plan.ts';
import { type Family, parseIp } from '../../net/ip.ts';
import { bgpHop } from '../bgp/model.ts';
import { tables } from '../desired/names.ts';

/** Whom a device sends to what is not on its link: a router, canonical. */
export interface NextHop {
  /** What verdicts about it are called: a file's name. An IPv4 and an IPv6 router of one name share the verdict. */
  readonly name: string;
  readonly device: string;
  readonly address: string;
}

/** How the next hops of a failover group are found, one for each family of its addresses; groups of one name have the same. */
export interface HopQuestion {
  readonly name: string;
  readonly device: string;
  /** Known beforehand; else the gateways of the device's default routes in the table. */
  readonly addresses: readonly string[];
  readonly table?: number;
  readonly families: readonly Family[];
}

/** The next hops that a group of this node depends on; undefined where the node is no candidate. The name says nothing of routes, which change. */
export function hopQuestion({ group, vrrp }: PlanGroup, underlayDevice: string): HopQuestion | undefined {
  if (vrrp === undefined) return undefined;
  const device = vrrp.networkInterface ?? underlayDevice;
  const families = familiesOf(vrrp.egressAddresses);
  const { routes } = vrrp;
  const kind = families.includes(6) ? (families.includes(4) ? '-dual' : '-ipv6') : '';
  const found = { device, addresses: [], families };
  // Who is told by BGP is judged by the sessions: nothing is asked on the link.
  if (vrrp.bgp !== undefined) return { ...found, name: bgpHop(group) };
  if (routes === undefined) return { ...found, name: `${device}${kind}`, table: tables.main };
  if (routes.kind === 'table') return { ...found, name: `${device}-table-${routes.table}${kind}`, table: routes.table };
  const { gateway4, gateway6 } = routes;
  const addresses = [gateway4, gateway6].filter((address) => address !== undefined).filter(isOfSome(families));
  return { ...found, name: `${device}-${addresses.join('-') || 'none'}`, addresses };
}

// A group without any address yet is about to get some, probably IPv4.
function familiesOf(addresses: readonly string[]): readonly Family[] {
  const found = ([4, 6] as const).filter((family) => addresses.some(isOfSome([family])));
  return found.length === 0 ? [4] : found;
}

function isOfSome(families: readonly Family[]): (address: string) => boolean {
  return (address) => families.some((family) => address.includes(':') === (family === 6));
}

/** Those of all groups of this node, each once, by name; devices with names that fit no file are left out. */
export function hopQuestions(plan: Pick<NodePlan, 'groups'>, underlayDevice: string): readonly HopQuestion[] {
  const all = plan.groups.flatMap((group) => hopQuestion(group, underlayDevice) ?? []);
  const byName = new Map(
    all.filter(({ device }) => isPlainDevice(device)).map((question) => [question.name, question]),
  );
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Text of `next-hops.json` for the failover process; equal for equal next hops, at most one per name and family. */
export function renderNextHops(hops: readonly NextHop[]): string {
  const sorted = hops
    .map(({ name, device, address }) => ({ name, device, address }))
    .toSorted((a, b) => (`${a.name} ${a.address}` < `${b.name} ${b.address}` ? -1 : 1));
  return `${JSON.stringify(sorted)}\n`;
}

/** Parses `next-hops.json`; throws SyntaxError on anything else. */
export function parseNextHops(text: string): readonly NextHop[] {
  const json: unknown = JSON.parse(text);
  if (!Array.isArray(json)) throw new SyntaxError('next-hops.json: expected a list; the agent writes it anew');
  return json.map((entry: unknown, index) => {
    const hop = nextHopOf(field(entry, 'device'), field(entry, 'address'));
    // An agent of before gives no names: its keepalived.conf follows a verdict per device.
    const name = field(entry, 'name') ?? hop?.device;
    if (hop === undefined || typeof name !== 'string' || !plainName.test(name))
      throw new SyntaxError(`next-hops.json: [${index}] has no name, device and address`);
    return { name, ...hop };
  });
}

/**
 * The next hop of a device by what `ip -N -j -4 (or -6) route show default` prints: that of its first default route, which has the
 * least metric. Undefined without one, and where there are several (a multipath route, or IPv6 routers of one metric, as several
 * advertise themselves): as long as one of several routers lives, nothing is dead. Throws SyntaxError on anything but JSON.
 */
export function findNextHop(routes: string, device: string): Omit<NextHop, 'name'> | undefined {
  const json: unknown = JSON.parse(routes.trim() === '' ? '[]' : routes);
  const [route, second] = listOf(json).filter((entry) =>
    [entry, ...listOf(field(entry, 'nexthops'))].some((way) => field(way, 'dev') === device),
  );
  const metric = field(route, 'metric');
  if (second !== undefined && metric !== undefined && field(second, 'metric') === metric) return undefined;
  return nextHopOf(device, field(route, 'gateway'));
}

/** Whether a device's name may stand in a file name and a configuration; the kernel allows quotes and more. */
export function isPlainDevice(name: string): boolean {
  return /^\w[\w.:+-]{0,14}$/.test(name);
}

const plainName = /^\w[\w.:+-]{0,99}$/;

function nextHopOf(device: unknown, address: unknown): Omit<NextHop, 'name'> | undefined {
  if (typeof device !== 'string' || !isPlainDevice(device)) return undefined;
  if (typeof address !== 'string' || parseIp(address) === undefined) return undefined;
  return { device, address };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
