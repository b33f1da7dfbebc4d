import { cidrOf, formatCidr } from '../net/cidr.ts';
import { canonicalIp, familyBits, parseIp } from '../net/ip.ts';
import type { Runner } from '../platform/exec.ts';

/** A link of the node, and the addresses on it, canonical. */
export interface NodeLink {
  readonly device: string;
  readonly mtu: number;
  /** Hardware address in lower case; absent on links without one. */
  readonly mac?: string;
  /** Whether somebody set it up; it may have no carrier. */
  readonly isUp: boolean;
  /** Whether it is up and connected. */
  readonly carrier: boolean;
  readonly addresses: readonly string[];
  /** What is on the link by these addresses: canonical CIDRs, none for single and link-local addresses. */
  readonly subnets: readonly string[];
}

async function readNodeLinks(runner: Runner): Promise<readonly NodeLink[]> {
  return parseNodeLinks((await runner.run('ip', ['-j', 'addr', 'show'])).stdout);
}

export interface LinkCache {
  /** What was read last, or reads. */
  read(): Promise<readonly NodeLink[]>;
  /** Something changed: the next `read` reads. */
  forget(): void;
}

/** The node's links (`ip -j addr`, iproute2 ≥ 6.1), read again only after `forget`; `read` throws ExecError or SyntaxError. */
export function createLinkCache(runner: Runner): LinkCache {
  let known: readonly NodeLink[] | undefined;
  let age = 0;
  return {
    read: async () => {
      if (known !== undefined) return known;
      const before = age;
      const links = await readNodeLinks(runner);
      if (age === before) known = links;
      return links;
    },
    forget: () => {
      age += 1;
      known = undefined;
    },
  };
}

/** Parses what `ip -j addr` prints; throws SyntaxError on anything but its JSON. */
export function parseNodeLinks(text: string): readonly NodeLink[] {
  const json: unknown = JSON.parse(text);
  if (!Array.isArray(json)) throw new SyntaxError('ip -j addr: expected a list');
  return json.filter(isRecord).map((link) => {
    const infos = (Array.isArray(link['addr_info']) ? link['addr_info'] : []).filter(isRecord);
    const flags: readonly unknown[] = Array.isArray(link['flags']) ? link['flags'] : [];
    return {
      device: String(link['ifname'] ?? ''),
      mtu: Number(link['mtu'] ?? 0),
      ...macOf(link['address']),
      isUp: flags.includes('UP'),
      carrier: flags.includes('UP') && flags.includes('LOWER_UP'),
      addresses: infos.flatMap((info) => canonicalIp(String(info['local'] ?? '')) ?? []),
      subnets: [...new Set(infos.flatMap(subnetOf))].toSorted(),
    };
  });
}

function subnetOf(info: Readonly<Record<string, unknown>>): string[] {
  const ip = parseIp(String(info['local'] ?? ''));
  const length = Number(info['prefixlen'] ?? Number.NaN);
  if (ip === undefined || !(length > 0 && length < familyBits(ip.family))) return [];
  const subnet = formatCidr(cidrOf(ip, length));
  return /^(169\.254\.|fe80:)/.test(subnet) ? [] : [subnet];
}

function macOf(text: unknown): { readonly mac?: string } {
  const mac = String(text ?? '').toLowerCase();
  return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) ? { mac } : {};
}

/** The link that holds the address. */
export function linkOf(links: readonly NodeLink[], address: string | undefined): NodeLink | undefined {
  return links.find(({ addresses }) => address !== undefined && addresses.includes(address));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
