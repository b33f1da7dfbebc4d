import { type Cidr, cidrOf, formatCidr, parseCidr } from './cidr.ts';
import { type Family, formatIp, type Ip } from './ip.ts';

/**
 * The transit range: IPv4 /15 = 16 groups of 8,192 node indexes, its last /28 the tunnel addresses; IPv6 /48 P with
 * P:1::GROUP:INDEX (each group a /112) and the tunnel addresses P:ffff::GROUP.
 */
export interface Transit {
  readonly ipv4: Cidr;
  readonly ipv6: Cidr;
}

/** The highest node index: the 16 above it would meet the tunnel addresses in group 15. */
export const maxNodeIndex = 8175;

/** Not a failover group: its addresses are next hops on the tunnel device, one per node. */
const hopGroup = 15;
const groups = 16;
const nodesPerGroup = 8192n;

/** The two prefixes from text; undefined unless ipv4 is a /15 and ipv6 a /48. */
export function parseTransit(ipv4: string, ipv6: string): Transit | undefined {
  const four = parseCidr(ipv4);
  const six = parseCidr(ipv6);
  if (four?.family !== 4 || four.prefix !== 15 || six?.family !== 6 || six.prefix !== 48) return undefined;
  return { ipv4: four, ipv6: six };
}

/** Canonical transit address of (group 0..15, node index 0..8175); throws RangeError outside. */
export function transitAddress(transit: Transit, family: Family, node: { group: number; index: number }): string {
  checkGroup(node.group);
  if (!Number.isInteger(node.index) || node.index < 0 || node.index > maxNodeIndex) {
    throw new RangeError(`node index ${node.index} is not one of 0..${maxNodeIndex}`);
  }
  const first = firstOfGroup(transit, family, node.group);
  return formatIp({ family, value: first.value + BigInt(node.index) });
}

/** Canonical CIDR (/19, or /112) of all transit addresses of a group: what conntrackd and routes select by. */
export function transitRange(transit: Transit, family: Family, group: number): string {
  checkGroup(group);
  return formatCidr(cidrOf(firstOfGroup(transit, family, group), family === 4 ? 19 : 112));
}

/** Canonical next-hop (link) address of a node on the tunnel device: its transit address in group 15. */
export function hopAddress(transit: Transit, family: Family, index: number): string {
  return transitAddress(transit, family, { group: hopGroup, index });
}

/** Canonical tunnel address of a failover group (0..15); throws RangeError outside. */
export function tunnelAddress(transit: Transit, family: Family, group: number): string {
  checkGroup(group);
  return formatIp({ family, value: firstTunnel(transit, family).value + BigInt(group) });
}

/** Canonical CIDR (/28, or /124) of the 16 tunnel addresses. */
export function tunnelRange(transit: Transit, family: Family): string {
  return formatCidr(cidrOf(firstTunnel(transit, family), family === 4 ? 28 : 124));
}

function firstOfGroup(transit: Transit, family: Family, group: number): Ip {
  const g = BigInt(group);
  const value = family === 4 ? transit.ipv4.base + g * nodesPerGroup : transit.ipv6.base + (1n << 64n) + (g << 16n);
  return { family, value };
}

function firstTunnel(transit: Transit, family: Family): Ip {
  const value = family === 4 ? transit.ipv4.base + 2n ** 17n - 16n : transit.ipv6.base + (0xffffn << 64n);
  return { family, value };
}

function checkGroup(group: number): void {
  if (!Number.isInteger(group) || group < 0 || group >= groups)
    throw new RangeError(`group ${group} is not one of 0..15`);
}
