import { type Family, familyBits, formatIp, type Ip, parseIp, type Range } from './ip.ts';

/** A prefix in CIDR notation (RFC 4632, RFC 4291 §2.3): `base` has no bits set beyond `prefix`. */
export interface Cidr {
  readonly family: Family;
  readonly base: bigint;
  readonly prefix: number;
}

/** Why a text is no CIDR; with host bits set, `masked` is what was probably meant. */
export type CidrCheck =
  | { readonly ok: true; readonly value: Cidr }
  | { readonly ok: false; readonly reason: 'malformed' }
  | { readonly ok: false; readonly reason: 'host-bits'; readonly masked: Cidr };

/** "ADDRESS/PREFIX" to Cidr, telling a set host bit (10.0.0.1/8) from nonsense. */
export function checkCidr(text: string): CidrCheck {
  const slash = text.indexOf('/');
  const ip = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const prefixText = text.slice(slash + 1);
  if (ip === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(prefixText)) return { ok: false, reason: 'malformed' };
  const prefix = Number(prefixText);
  if (prefix > familyBits(ip.family)) return { ok: false, reason: 'malformed' };
  const value = cidrOf(ip, prefix);
  return value.base === ip.value ? { ok: true, value } : { ok: false, reason: 'host-bits', masked: value };
}

/** "ADDRESS/PREFIX" to Cidr; undefined when malformed or when host bits are set. */
export function parseCidr(text: string): Cidr | undefined {
  const check = checkCidr(text);
  return check.ok ? check.value : undefined;
}

/** Canonical text, the prefix length always written. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp({ family: cidr.family, value: cidr.base })}/${cidr.prefix}`;
}

/** The prefix of that length an address lies in; `prefix` must be 0..32 or 0..128. */
export function cidrOf(ip: Ip, prefix: number): Cidr {
  const host = BigInt(familyBits(ip.family) - prefix);
  return { family: ip.family, base: (ip.value >> host) << host, prefix };
}

/** Order for sort: IPv4 first, then base, then the shorter prefix. */
export function compareCidr(a: Cidr, b: Cidr): number {
  if (a.family !== b.family) return a.family - b.family;
  if (a.base !== b.base) return a.base < b.base ? -1 : 1;
  return a.prefix - b.prefix;
}

/** Whether the address lies in the prefix; never across families. */
export function cidrContains(outer: Cidr, ip: Ip): boolean {
  const host = BigInt(familyBits(outer.family) - outer.prefix);
  return outer.family === ip.family && outer.base >> host === ip.value >> host;
}

/** Whether all of `inner` lies in `outer`; equal counts. */
export function cidrContainsCidr(outer: Cidr, inner: Cidr): boolean {
  return outer.prefix <= inner.prefix && cidrContains(outer, { family: inner.family, value: inner.base });
}

/** First to last address of the prefix. */
export function cidrRange(cidr: Cidr): Range {
  const host = BigInt(familyBits(cidr.family) - cidr.prefix);
  return { family: cidr.family, from: cidr.base, to: cidr.base + (1n << host) - 1n };
}

/** The fewest prefixes that cover exactly this range, ascending (at most 62 or 254). */
export function cidrsFromRange(range: Range): Cidr[] {
  const bits = familyBits(range.family);
  const cidrs: Cidr[] = [];
  let base = range.from;
  while (base <= range.to) {
    let host = 0;
    // Grow while the base stays aligned and the end stays inside.
    while (host < bits && ((base >> BigInt(host)) & 1n) === 0n && base + (1n << BigInt(host + 1)) - 1n <= range.to)
      host += 1;
    cidrs.push({ family: range.family, base, prefix: bits - host });
    base += 1n << BigInt(host);
  }
  return cidrs;
}
