import { isIP } from 'node:net';

/** An IP address as a number. */
export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** All addresses from `first` to `last`; `prefix` is the prefix length when it was written as a CIDR. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefix: number;
}

/** An IPv4 or IPv6 address in any usual form; undefined for anything else. */
export function readAddress(text: string): Address | undefined {
  const family = isIP(text);
  if (family === 4) return { family, value: join(text.split('.').map(Number), 8n) };
  if (family !== 6 || text.includes('%') || text.includes('.')) return undefined;
  const [left = '', right] = text.split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return {
    family,
    value: join(
      [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16)),
      16n,
    ),
  };
}

function join(parts: readonly number[], bits: bigint): bigint {
  return parts.reduce((value, part) => (value << bits) | BigInt(part), 0n);
}

/** The address as text, IPv6 as RFC 5952 wants it. */
export function writeAddress({ family, value }: Address): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 65535n).toString(16));
  const runs = groups.map((_, index) => groups.slice(index).findIndex((group) => group !== '0'));
  const lengths = runs.map((run, index) => (run < 0 ? 8 - index : run));
  const longest = Math.max(...lengths);
  if (longest < 2) return groups.join(':');
  const at = lengths.indexOf(longest);
  return `${groups.slice(0, at).join(':')}::${groups.slice(at + longest).join(':')}`;
}

/** A CIDR, whatever bits are set behind its prefix; undefined for anything else. */
export function readCidr(text: string): AddressRange | undefined {
  const [, base = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const address = readAddress(base);
  if (address === undefined) return undefined;
  const { family, value } = address;
  const bits = family === 4 ? 32 : 128;
  const prefix = Number(length);
  if (prefix > bits || String(prefix) !== length) return undefined;
  const size = 1n << BigInt(bits - prefix);
  const first = value - (value % size);
  return { family, first, last: first + size - 1n, prefix };
}

/** Whether a CIDR begins with its own first address. */
export function isMasked(text: string): boolean {
  const address = readAddress(text.split('/')[0] ?? '');
  return address !== undefined && readCidr(text)?.first === address.value;
}

/** An entry of a pool: an address, a CIDR or two addresses joined by "-". */
export function readRange(text: string): AddressRange | undefined {
  const cidr = readCidr(text);
  if (cidr !== undefined) return cidr;
  const [from = '', to = from] = text.split('-');
  const [first, last] = [readAddress(from), readAddress(to)];
  if (first === undefined || last === undefined || first.family !== last.family) return undefined;
  return { family: first.family, first: first.value, last: last.value, prefix: first.family === 4 ? 32 : 128 };
}

/** Whether the range holds the address. */
export function holds(range: AddressRange, { family, value }: Address): boolean {
  return range.family === family && range.first <= value && value <= range.last;
}

/** Whether the two ranges have an address in common. */
export function overlap(a: AddressRange, b: AddressRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}
