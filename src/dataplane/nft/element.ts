import { canonicalIp, formatIp } from '../../net/ip.ts';
import { parseRange } from '../../net/range.ts';
import type { NftKeyType, NftValueType } from './model.ts';

/** Between the parts of a concatenated key. */
const separator = ' . ';

/** The key of the element that is found where no other is (kernel 5.13); nft 1.0.6 dies of one in a set of plain intervals. */
export const catchAll = '*';

/** The protocols that we write by name; others are their number. Numbers are what nft reads without /etc/protocols. */
const protocols: ReadonlyMap<string, string> = new Map([
  ['icmp', '1'],
  ['tcp', '6'],
  ['udp', '17'],
  ['ipv6-icmp', '58'],
  ['sctp', '132'],
]);
const protocolNames: ReadonlyMap<string, string> = new Map([...protocols].map(([name, number]) => [number, name]));

/** Canonical key of an address, a CIDR or a range "A-B": `A` or `A-B`; throws RangeError for anything else. */
export function addressKey(text: string): string {
  const range = parseRange(text);
  if (range === undefined) throw new RangeError(`"${text}" is not an address, a CIDR or a range "A-B"`);
  const from = formatIp({ family: range.family, value: range.from });
  return range.from === range.to ? from : `${from}-${formatIp({ family: range.family, value: range.to })}`;
}

/** Canonical key of one number or of an inclusive range of them (ports, marks). */
export function numberKey(from: number, to: number = from): string {
  return from === to ? `${from}` : `${from}-${to}`;
}

/** Joins the canonical parts of a concatenated key. */
export function concatKey(parts: readonly string[]): string {
  return parts.join(separator);
}

/** The canonical form of one part of a key, or undefined if it is none of that type; the door for what the kernel shows. */
export function canonicalPart(type: NftKeyType, text: string): string | undefined {
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr':
      return canonicalAddress(type, text);
    case 'ether_addr':
      return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? text.toLowerCase() : undefined;
    case 'inet_proto':
      return protocols.has(text) ? text : (protocolNames.get(text) ?? canonicalNumber(text, 255));
    case 'inet_service':
      return canonicalNumber(text, 65_535);
    case 'mark':
      return canonicalNumber(text, 0xffff_ffff);
    // nft shows the present device's name where there is one.
    case 'iface_index':
    case 'ifname':
      return /^[A-Za-z0-9_.@:-]{1,15}$/.test(text) ? text : undefined;
  }
}

/** The canonical form of a value of a map: data, a verdict, or a counter's name. */
export function canonicalValue(type: NftValueType, text: string): string | undefined {
  if (type === 'verdict') return /^(accept|drop|return|continue|(jump|goto) [\w.-]+)$/.test(text) ? text : undefined;
  if (type === 'counter') return /^[\w.-]+$/.test(text) ? text : undefined;
  return canonicalPart(type, text);
}

/** A canonical key as nft reads it. */
export function renderKey(types: readonly NftKeyType[], key: string): string {
  if (key === catchAll) return key;
  const parts = types.length === 1 ? [key] : key.split(separator);
  return parts.map((part, i) => renderPart(types[i], part)).join(separator);
}

/** A canonical value as nft reads it. */
export function renderValue(type: NftValueType, value: string): string {
  if (type === 'counter') return `"${value}"`;
  return type === 'verdict' ? value : renderPart(type, value);
}

function renderPart(type: NftKeyType | undefined, part: string): string {
  if (type === 'inet_proto') return protocols.get(part) ?? part;
  return type === 'ifname' ? `"${part}"` : part;
}

function canonicalAddress(type: 'ipv4_addr' | 'ipv6_addr', text: string): string | undefined {
  const isIpv6 = text.includes(':');
  if (isIpv6 !== (type === 'ipv6_addr')) return undefined;
  // nft writes IPv4 in the only way there is; tables carry these by the hundred thousand.
  if (!isIpv6 && /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(text)) return text;
  return text.includes('-') || text.includes('/') ? rangeKeyOrNothing(text) : canonicalIp(text);
}

function rangeKeyOrNothing(text: string): string | undefined {
  return parseRange(text) === undefined ? undefined : addressKey(text);
}

function canonicalNumber(text: string, max: number): string | undefined {
  const match = /^(\d{1,10})(?:-(\d{1,10})|\/(\d{1,2}))?$/.exec(text);
  if (match === null) return undefined;
  const from = Number(match[1]);
  // Some versions of nft show a range that is one as a prefix.
  const to = match[3] === undefined ? Number(match[2] ?? match[1]) : from + (max + 1) / 2 ** Number(match[3]) - 1;
  return from <= to && to <= max ? numberKey(from, to) : undefined;
}
