import type { EgressAddressPool, EgressAddressPoolStatus } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { compareIp, type Family, formatIp, type Ip } from '../net/ip.ts';
import { formatRange, type Range } from '../net/range.ts';
import { contains, intersect, normalise, subtract, totalSize } from '../net/ranges.ts';
import type { ClaimedAddress } from './claim-ledger.ts';
import { isTrue, reasonOf } from './conditions.ts';
import { matchesSelector } from './label-selector.ts';
import { compareAge, compareName } from './order.ts';
import { type PoolSettings, parsePool } from './pool-ranges.ts';
import type { Scribe } from './scribe.ts';

/** A pool with what may really be allocated from it; without settings it was refused. */
export interface JudgedPool {
  readonly pool: EgressAddressPool;
  readonly findings: readonly Finding[];
  readonly settings?: PoolSettings;
  /** Disjoint and ascending, IPv4 first; empty when the pool was refused. */
  readonly usable: readonly Range[];
}

interface Offer {
  readonly name: string;
  readonly ranges: readonly Range[];
}

/**
 * Every pool, sorted by name, with cluster ranges and avoided addresses taken out. No address is offered twice: of two pools that
 * overlap, on whatever networks, the younger is refused.
 */
export function judgePools(pools: readonly EgressAddressPool[], inside: readonly Range[]): readonly JudgedPool[] {
  const offers: Offer[] = [];
  const judged = [...pools].sort(compareAge).map((pool) => {
    const parsed = parsePool(pool);
    if (!parsed.ok) {
      const words = { field: parsed.field, problem: parsed.problem };
      return { pool, usable: [], findings: [finding('PoolInvalid', words)] };
    }
    const ranges = subtract(normalise(parsed.value.addresses), parsed.value.avoid);
    const conflict = findConflict(ranges, offers);
    if (conflict !== undefined) return { pool, settings: parsed.value, usable: [], findings: [conflict] };
    offers.push({ name: pool.metadata.name, ranges });
    return judgeOffer({ pool, settings: parsed.value, offered: ranges }, inside);
  });
  return judged.sort((a, b) => compareName(a.pool, b.pool));
}

function findConflict(ranges: readonly Range[], offers: readonly Offer[]): Finding | undefined {
  for (const { name, ranges: taken } of offers) {
    const both = intersect(ranges, taken).map(formatRange).join(', ');
    if (both !== '') return finding('PoolConflict', { ranges: both, pool: name });
  }
  return undefined;
}

interface PoolOffer {
  readonly pool: EgressAddressPool;
  readonly settings: PoolSettings;
  readonly offered: readonly Range[];
}

function judgeOffer({ pool, settings, offered }: PoolOffer, inside: readonly Range[]): JudgedPool {
  const usable = subtract(offered, inside);
  if (usable.length === 0) return { pool, settings, usable, findings: [finding('PoolNotUsable', {})] };
  const overlap = intersect(offered, inside).map(formatRange).join(', ');
  const findings: Finding[] = [finding('PoolAccepted', {})];
  if (overlap !== '') findings.push(finding('PoolOverlapsCluster', { ranges: overlap }));
  return { pool, settings, usable, findings };
}

/** Why the pool gives out nothing, or undefined. */
export function poolRefusal({ findings }: JudgedPool): string | undefined {
  return findings.find((found) => reasonOf(found).type === 'Accepted' && !isTrue(found))?.message;
}

/** The pools of a network that a namespace with these labels may take from, sorted by name. */
export function poolsFor(
  pools: readonly JudgedPool[],
  network: string,
  labels: Readonly<Record<string, string>> | undefined,
): readonly JudgedPool[] {
  return pools.filter(({ settings }) => {
    return settings !== undefined && settings.network === network && matchesSelector(settings.selector, labels);
  });
}

/** Whether the pool may give out this address. */
export function poolHas({ usable }: JudgedPool, ip: Ip): boolean {
  return contains(usable, ip);
}

/** Whether the pool has addresses of the family at all. */
export function poolHasFamily({ usable }: JudgedPool, family: Family): boolean {
  return usable.some((range) => range.family === family);
}

// What a status can show without growing without bounds; claims show everything.
const mostHolders = 256;

/** The pool's status; `claimed` are all addresses in use or at rest. */
export function poolStatus(
  judged: JudgedPool,
  claimed: readonly ClaimedAddress[],
  scribe: Scribe,
): EgressAddressPoolStatus {
  const { metadata, status } = judged.pool;
  const total = totalSize(judged.usable);
  const own = claimed.filter(({ ip }) => poolHas(judged, ip)).sort((a, b) => compareIp(a.ip, b.ip));
  const used = BigInt(own.length);
  const subject = {
    ref: { kind: 'EgressAddressPool', name: metadata.name },
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    previous: status?.conditions ?? [],
  };
  const conditions = scribe.write(subject, judged.findings);
  const usedBy = own.slice(0, mostHolders).map(({ ip, holder: { namespace, name }, quarantinedUntil }) => ({
    address: formatIp(ip),
    namespace,
    name,
    ...(quarantinedUntil === undefined ? {} : { quarantinedUntil }),
  }));
  return { total: saturate(total), used: saturate(used), free: saturate(total - used), usedBy, conditions };
}

// JSON numbers are exact up to 2^53-1; an IPv6 /64 has more addresses.
function saturate(count: bigint): number {
  return count > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(count);
}
