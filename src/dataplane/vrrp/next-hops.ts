import type { NodePlan, PlanGroup } from '../../compile/node-plan.ts';
import { parseIp } from '../../net/ip.ts';
import { tables } from '../desired/names.ts';

/** Whom a device sends to what is not on its link: an IPv4 router, canonical. */
export interface NextHop {
  /** What verdicts about it are called: a file's name. */
  readonly name: string;
  readonly device: string;
  readonly address: string;
}

/** How the next hop of a failover group is found; groups of one name have the same. */
export interface HopQuestion {
  readonly name: string;
  readonly device: string;
  /** Known beforehand, or the gateway of the device's default route in the table; neither: there is none. */
  readonly address?: string;
  readonly table?: number;
}

/** The next hop that a group of this node depends on; undefined where the node is no candidate. The name says nothing of routes, which change. */
export function hopQuestion({ vrrp }: PlanGroup, underlayDevice: string): HopQuestion | undefined {
  if (vrrp === undefined) return undefined;
  const device = vrrp.networkInterface ?? underlayDevice;
  const { routes } = vrrp;
  if (routes === undefined) return { name: device, device, table: tables.main };
  if (routes.kind === 'table') return { name: `${device}-table-${routes.table}`, device, table: routes.table };
  // An IPv6 router is asked by other means (NDP), which are not built.
  if (routes.gateway4 === undefined) return { name: `${device}-none`, device };
  return { name: `${device}-${routes.gateway4}`, device, address: routes.gateway4 };
}

/** Those of all groups of this node, each once, by name; devices with names that fit no file are left out. */
export function hopQuestions(plan: Pick<NodePlan, 'groups'>, underlayDevice: string): readonly HopQuestion[] {
  const all = plan.groups.flatMap((group) => hopQuestion(group, underlayDevice) ?? []);
  const byName = new Map(
    all.filter(({ device }) => isPlainDevice(device)).map((question) => [question.name, question]),
  );
  return [...byName.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Text of `next-hops.json` for the failover process; equal for equal next hops, at most one per name. */
export function renderNextHops(hops: readonly NextHop[]): string {
  const sorted = hops
    .map(({ name, device, address }) => ({ name, device, address }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
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
      throw new SyntaxError(`next-hops.json: [${index}] has no name, device and IPv4 address`);
    return { name, ...hop };
  });
}

/**
 * The next hop of a device by what `ip -N -j -4 route show default` prints: that of its first default route, which has the
 * least metric. Undefined without one, and for multipath routes: as long as one of several routers lives, nothing is dead.
 * Throws SyntaxError on anything but JSON.
 */
export function findNextHop(routes: string, device: string): Omit<NextHop, 'name'> | undefined {
  const json: unknown = JSON.parse(routes.trim() === '' ? '[]' : routes);
  const route = listOf(json).find((entry) =>
    [entry, ...listOf(field(entry, 'nexthops'))].some((way) => field(way, 'dev') === device),
  );
  return nextHopOf(device, field(route, 'gateway'));
}

/** Whether a device's name may stand in a file name and a configuration; the kernel allows quotes and more. */
export function isPlainDevice(name: string): boolean {
  return /^\w[\w.:+-]{0,14}$/.test(name);
}

const plainName = /^\w[\w.:+-]{0,39}$/;

function nextHopOf(device: unknown, address: unknown): Omit<NextHop, 'name'> | undefined {
  if (typeof device !== 'string' || !isPlainDevice(device)) return undefined;
  // An IPv6 router is asked by other means (NDP), which are not built.
  if (typeof address !== 'string' || parseIp(address)?.family !== 4) return undefined;
  return { device, address };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
