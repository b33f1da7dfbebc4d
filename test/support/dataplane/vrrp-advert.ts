import { parseIp } from '../../../src/net/ip.ts';

/**
 * A VRRPv3 advertisement (RFC 5798 §5.2) of one address, as bytes behind the IP header; the checksum covers the pseudo header,
 * hence source and destination, all of one family.
 */
export function vrrpAdvert(advert: {
  readonly source: string;
  readonly destination: string;
  readonly router: number;
  readonly priority: number;
  readonly centiseconds: number;
  readonly address: string;
}): Buffer {
  const head = [0x31, advert.router, advert.priority, 1, advert.centiseconds >> 8, advert.centiseconds & 255];
  const rest = bytes(advert.address);
  const length = head.length + 2 + rest.length;
  // The sum of IPv6 has the same numbers with more zeros (RFC 8200 §8.1).
  const pseudo = [...bytes(advert.source), ...bytes(advert.destination), 0, 112, 0, length];
  const sum = checksum([...pseudo, ...head, 0, 0, ...rest]);
  return Buffer.from([...head, sum >> 8, sum & 255, ...rest]);
}

function bytes(address: string): readonly number[] {
  const ip = parseIp(address);
  if (ip === undefined) throw new Error(`${address} is no address`);
  const size = ip.family === 4 ? 4 : 16;
  return Array.from({ length: size }, (_, place) => Number((ip.value >> BigInt(8 * (size - 1 - place))) & 255n));
}

function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
