import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import type { ExternalNetwork } from './fixed-points.ts';
import { dnsFile } from './paths.ts';

/** What a name stands for: addresses of both families, and for how many seconds a resolver may keep them. */
export interface DnsRecord {
  readonly ttl: number;
  readonly addresses: readonly string[];
}

/** By name in lower case without the last dot; `*.example.com` stands for every name below example.com that has no record. */
export type DnsRecords = Readonly<Record<string, DnsRecord>>;

export type DnsAnswer =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly ttl: number; readonly addresses: readonly string[] };

/** What the server says of one name and family (RFC 1034 §4.3.2, one level of wildcards being enough for a lab). */
export function lookUp(records: DnsRecords, name: string, family: 4 | 6): DnsAnswer {
  const asked = name.toLowerCase().replace(/\.$/, '');
  const found = records[asked] ?? wildcards(asked).flatMap((parent) => records[parent] ?? [])[0];
  if (found === undefined) return { kind: 'unknown' };
  return { kind: 'known', ttl: found.ttl, addresses: found.addresses.filter((ip) => isIPv6(ip) === (family === 6)) };
}

function wildcards(name: string): readonly string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, i) => `*.${labels.slice(i + 1).join('.')}`);
}

/** Every outside server by its name: `outside.example`, `partner.example`. */
export function firstRecords(networks: readonly ExternalNetwork[]): DnsRecords {
  return Object.fromEntries(
    networks.map(({ server }) => [
      `${server.name}.example`,
      { ttl: 30, addresses: [server.address4, server.address6] },
    ]),
  );
}

/** Throws when called outside a lab. */
export function readRecords(): DnsRecords {
  return JSON.parse(readFileSync(dnsFile, 'utf8'));
}

/** Whole or not at all: the server reads the file at every question. */
export function writeRecords(records: DnsRecords): void {
  writeFileSync(`${dnsFile}.new`, JSON.stringify(records));
  renameSync(`${dnsFile}.new`, dnsFile);
}
