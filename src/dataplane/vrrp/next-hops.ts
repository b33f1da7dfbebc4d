import { parseIp } from '../../net/ip.ts';

/** Whom a device sends to what is not on its link: an IPv4 router, canonical. */
export interface NextHop {
  readonly device: string;
  readonly address: string;
}

/** Text of `next-hops.json` for the failover process; equal for equal next hops, at most one per device. */
export function renderNextHops(hops: readonly NextHop[]): string {
  const sorted = hops
    .map(({ device, address }) => ({ device, address }))
    .toSorted((a, b) => (a.device < b.device ? -1 : 1));
  return `${JSON.stringify(sorted)}\n`;
}

/** Parses `next-hops.json`; throws SyntaxError on anything else. */
export function parseNextHops(text: string): readonly NextHop[] {
  const json: unknown = JSON.parse(text);
  if (!Array.isArray(json)) throw new SyntaxError('next-hops.json: expected a list; the agent writes it anew');
  return json.map((entry: unknown, index) => {
    const hop = nextHopOf(field(entry, 'device'), field(entry, 'address'));
    if (hop === undefined) throw new SyntaxError(`next-hops.json: [${index}] has no device and IPv4 address`);
    return hop;
  });
}

/**
 * The next hop of a device by what `ip -N -j -4 route show default` prints: that of its first default route, which has the
 * least metric. Undefined without one, and for multipath routes: as long as one of several routers lives, nothing is dead.
 * Throws SyntaxError on anything but JSON.
 */
export function findNextHop(routes: string, device: string): NextHop | undefined {
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

function nextHopOf(device: unknown, address: unknown): NextHop | undefined {
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
