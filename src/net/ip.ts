/** The address families of RFC 791 and RFC 8200. */
export type Family = 4 | 6;

/** One address: its bits as an unsigned number, 32 or 128 wide by family. */
export interface Ip {
  readonly family: Family;
  readonly value: bigint;
}

/** Addresses `from`..`to` of one family, both ends included, `from <= to`. */
export interface Range {
  readonly family: Family;
  readonly from: bigint;
  readonly to: bigint;
}

const longestIpText = 45;
const mappedPrefix = 0xffffn;

/** The width of an address in bits: 32 or 128. */
export function familyBits(family: Family): 32 | 128 {
  return family === 4 ? 32 : 128;
}

/** The highest address of a family as a number. */
export function familyMax(family: Family): bigint {
  return family === 4 ? 0xffff_ffffn : 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_ffffn;
}

/** Text (dotted decimal without leading zeros, or RFC 4291 §2.2) to address; undefined for anything else, zone ids and brackets too. */
export function parseIp(text: string): Ip | undefined {
  if (text.length > longestIpText) return undefined;
  if (text.includes(':')) {
    const value = parseIpv6(text);
    return value === undefined ? undefined : { family: 6, value };
  }
  const value = parseIpv4(text);
  return value < 0 ? undefined : { family: 4, value: BigInt(value) };
}

/** Address to canonical text: RFC 5952, with the dotted tail of its §5 for IPv4-mapped addresses only. */
export function formatIp(ip: Ip): string {
  return ip.family === 4 ? formatIpv4(Number(ip.value)) : formatIpv6(ip.value);
}

/** The canonical spelling of an address, or undefined where `parseIp` refuses. */
export function canonicalIp(text: string): string | undefined {
  const ip = parseIp(text);
  return ip === undefined ? undefined : formatIp(ip);
}

/** Order for sort: IPv4 before IPv6, then by number. */
export function compareIp(a: Ip, b: Ip): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** The address `n` further on (back if negative); throws RangeError beyond the ends of the family. */
export function addIp(ip: Ip, n: bigint | number): Ip {
  const value = ip.value + BigInt(n);
  if (value < 0n || value > familyMax(ip.family)) {
    throw new RangeError(`${formatIp(ip)} plus ${n} is outside of IPv${ip.family}`);
  }
  return { family: ip.family, value };
}

// Numbers, no splitting: configurations carry these by the hundred thousand. -1 is "not an address".
function parseIpv4(text: string): number {
  let value = 0;
  let octet = -1;
  let octets = 0;
  for (let i = 0; i <= text.length; i += 1) {
    const code = i === text.length ? 46 : text.charCodeAt(i);
    if (code === 46) {
      if (octet < 0) return -1;
      value = value * 256 + octet;
      octets += 1;
      octet = -1;
    } else if (code >= 48 && code <= 57) {
      if (octet === 0) return -1;
      octet = octet < 0 ? code - 48 : octet * 10 + code - 48;
      if (octet > 255) return -1;
    } else return -1;
  }
  return octets === 4 ? value : -1;
}

function parseIpv6(text: string): bigint | undefined {
  const gap = text.indexOf('::');
  if (gap < 0) {
    const groups = parseGroups(text, true);
    return groups?.length === 8 ? joinGroups(groups) : undefined;
  }
  // A second "::" (or ":::") leaves an empty group behind, which parseGroups refuses.
  const head = gap === 0 ? [] : parseGroups(text.slice(0, gap), false);
  const tail = gap + 2 === text.length ? [] : parseGroups(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined || head.length + tail.length > 7) return undefined;
  return joinGroups([...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]);
}

function parseGroups(text: string, mayEndDotted: boolean): number[] | undefined {
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) {
      groups.push(Number.parseInt(part, 16));
    } else {
      const dotted = mayEndDotted && i === parts.length - 1 ? parseIpv4(part) : -1;
      if (dotted < 0) return undefined;
      groups.push(Math.floor(dotted / 65536), dotted % 65536);
    }
  }
  return groups;
}

function joinGroups(groups: readonly number[]): bigint {
  let value = 0n;
  for (let i = 0; i < 8; i += 2) {
    value = (value << 32n) | BigInt((groups[i] ?? 0) * 65536 + (groups[i + 1] ?? 0));
  }
  return value;
}

function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function formatIpv6(value: bigint): string {
  if (value >> 32n === mappedPrefix) return `::ffff:${formatIpv4(Number(value & 0xffff_ffffn))}`;
  const groups: number[] = [];
  for (let shift = 96n; shift >= 0n; shift -= 32n) {
    const word = Number((value >> shift) & 0xffff_ffffn);
    groups.push(word >>> 16, word & 0xffff);
  }
  const { start, length } = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: i - length + 1, length };
  }
  return best;
}
