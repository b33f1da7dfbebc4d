/**
 * A VRRPv3 advertisement (RFC 5798 §5.2) of one IPv4 address, as bytes behind the IP header; the checksum covers the
 * pseudo header, hence source and destination.
 */
export function vrrpAdvert(advert: {
  readonly source: string;
  readonly destination: string;
  readonly router: number;
  readonly priority: number;
  readonly centiseconds: number;
  readonly address: string;
}): Buffer {
  const bytes = (ip: string) => ip.split('.').map(Number);
  const head = [0x31, advert.router, advert.priority, 1, advert.centiseconds >> 8, advert.centiseconds & 255];
  const rest = bytes(advert.address);
  const length = head.length + 2 + rest.length;
  const pseudo = [...bytes(advert.source), ...bytes(advert.destination), 0, 112, 0, length];
  const sum = checksum([...pseudo, ...head, 0, 0, ...rest]);
  return Buffer.from([...head, sum >> 8, sum & 255, ...rest]);
}

function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
