import { formatIp, type Ip, parseIp } from './ip.ts';

/** The object name that stands for an address: IPv4 as it is; IPv6 as eight groups of four hex digits joined by "-" (no ":" in names). */
export function claimName(ip: Ip): string {
  if (ip.family === 4) return formatIp(ip);
  const hex = ip.value.toString(16).padStart(32, '0');
  return (hex.match(/.{4}/g) ?? []).join('-');
}

/** The address that an object's name stands for; undefined for every other spelling, so that one address has one name. */
export function parseClaimName(name: string): Ip | undefined {
  if (/^[0-9a-f]{4}(-[0-9a-f]{4}){7}$/.test(name)) return parseIp(name.replaceAll('-', ':'));
  const ip = parseIp(name);
  return ip?.family === 4 ? ip : undefined;
}
