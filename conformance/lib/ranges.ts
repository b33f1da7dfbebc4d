import { formatIp, parseIp } from '../../src/net/ip.ts';

/** The IPv4 range of this prefix length around an address. */
export function rangeAround(address: string, prefix: number): string {
  const ip = parseIp(address);
  if (ip === undefined || ip.family !== 4) throw new RangeError(`${address} is not an IPv4 address`);
  const host = BigInt(32 - prefix);
  return `${formatIp({ family: 4, value: (ip.value >> host) << host })}/${prefix}`;
}
