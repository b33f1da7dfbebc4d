import { cidrRange, cidrsFromRange, formatCidr, parseCidr } from './cidr.ts';
import { formatIp, type Ip, parseIp, type Range } from './ip.ts';

export type { Range } from './ip.ts';

/** An address, a CIDR or "A-B" (one family, A <= B, spaces allowed around "-") to a range; undefined for anything else. */
export function parseRange(text: string): Range | undefined {
  const dash = text.indexOf('-');
  if (dash >= 0) return rangeBetween(parseIp(text.slice(0, dash).trim()), parseIp(text.slice(dash + 1).trim()));
  if (text.includes('/')) {
    const cidr = parseCidr(text);
    return cidr === undefined ? undefined : cidrRange(cidr);
  }
  const ip = parseIp(text);
  return rangeBetween(ip, ip);
}

/** The shortest text that `parseRange` reads back: address, CIDR or "A-B". */
export function formatRange(range: Range): string {
  const from = formatIp({ family: range.family, value: range.from });
  if (range.from === range.to) return from;
  const [cidr, more] = cidrsFromRange(range);
  if (cidr !== undefined && more === undefined) return formatCidr(cidr);
  return `${from}-${formatIp({ family: range.family, value: range.to })}`;
}

/** How many addresses: 1 to 2^128. */
export function rangeSize(range: Range): bigint {
  return range.to - range.from + 1n;
}

/** Whether the two have an address in common. */
export function rangesOverlap(a: Range, b: Range): boolean {
  return a.family === b.family && a.from <= b.to && b.from <= a.to;
}

/** Whether the address lies in the range. */
export function rangeContains(range: Range, ip: Ip): boolean {
  return range.family === ip.family && range.from <= ip.value && ip.value <= range.to;
}

/** Whether all of `inner` lies in `outer`. */
export function rangeContainsRange(outer: Range, inner: Range): boolean {
  return outer.family === inner.family && outer.from <= inner.from && inner.to <= outer.to;
}

/** Order for sort: IPv4 first, then `from`, then `to`. */
export function compareRange(a: Range, b: Range): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.from !== b.from) return a.from < b.from ? -1 : 1;
  return a.to < b.to ? -1 : a.to > b.to ? 1 : 0;
}

function rangeBetween(from: Ip | undefined, to: Ip | undefined): Range | undefined {
  if (from === undefined || to === undefined) return undefined;
  if (from.family !== to.family || from.value > to.value) return undefined;
  return { family: from.family, from: from.value, to: to.value };
}
