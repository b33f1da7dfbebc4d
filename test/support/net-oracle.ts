import type { Cidr } from '../../src/net/cidr.ts';
import { familyBits, type Ip, type Range } from '../../src/net/ip.ts';

// The slow truth: strings of '0' and '1', and scans of whole lists. Nothing here shares a line with src/net.

/** The bits of an address as text. */
export function bitText(ip: Ip): string {
  return ip.value.toString(2).padStart(familyBits(ip.family), '0');
}

/** Whether a prefix holds an address, by comparing text. */
export function bitTextContains(cidr: Cidr, ip: Ip): boolean {
  if (cidr.family !== ip.family) return false;
  const base = bitText({ family: cidr.family, value: cidr.base });
  return bitText(ip).startsWith(base.slice(0, cidr.prefix));
}

/** Whether any of the ranges holds the address, by scanning all. */
export function scanContains(ranges: readonly Range[], ip: Ip): boolean {
  return ranges.some((range) => range.family === ip.family && range.from <= ip.value && ip.value <= range.to);
}

/** The number of prefixes a range needs at least, by descending the binary tree of prefixes. */
export function minimalCover(range: Range): number {
  const descend = (bits: string): number => {
    const width = familyBits(range.family);
    const low = BigInt(`0b${bits.padEnd(width, '0')}`);
    const high = BigInt(`0b${bits.padEnd(width, '1')}`);
    if (high < range.from || low > range.to) return 0;
    if (range.from <= low && high <= range.to) return 1;
    return descend(`${bits}0`) + descend(`${bits}1`);
  };
  return descend('');
}
