/** The two families of addresses, by Linux's names. */
export type Family = 'inet' | 'inet6';

/** An address or prefix, read: `key` is equal for two spellings of the same thing. */
export interface ReadAddress {
  readonly family: Family;
  /** undefined: written without a prefix length. */
  readonly prefixLength: number | undefined;
  readonly value: bigint;
  readonly key: string;
}

/** Read an address (as inet_pton does) or an address/prefix length; undefined when it is neither. */
export function readAddress(text: string): ReadAddress | undefined {
  if (text.length > 64) return undefined;
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const family: Family = host.includes(':') ? 'inet6' : 'inet';
  const value = family === 'inet6' ? readInet6(host) : readInet(host);
  if (value === undefined) return undefined;
  const bits = family === 'inet6' ? 128 : 32;
  const prefixLength = slash < 0 ? undefined : readPrefixLength(text.slice(slash + 1), bits);
  if (slash >= 0 && prefixLength === undefined) return undefined;
  return { family, prefixLength, value, key: `${family} ${value}/${prefixLength ?? bits}` };
}

/** True for a multicast address; for IPv6 only link-local scope (ffX2::), which is what keepalived takes. */
export function isMulticast(address: ReadAddress): boolean {
  return address.family === 'inet' ? address.value >> 28n === 0xen : ((address.value >> 112n) & 0xff0fn) === 0xff02n;
}

function readPrefixLength(text: string, bits: number): number | undefined {
  return /^(0|[1-9]\d{0,2})$/.test(text) && Number(text) <= bits ? Number(text) : undefined;
}

function readInet(text: string): bigint | undefined {
  const octets = text.split('.');
  if (octets.length !== 4 || !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256))
    return undefined;
  return octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
}

function readInet6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? '', halves.length === 1);
  const tail = readGroups(halves[1] ?? '', true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<bigint>(missing).fill(0n), ...tail];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`; dotted decimal may stand for the last two of the last side. */
function readGroups(text: string, last: boolean): readonly bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (last && index === parts.length - 1 && part.includes('.')) {
      const dotted = readInet(part);
      if (dotted === undefined) return undefined;
      groups.push(dotted >> 16n, dotted & 0xffffn);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
