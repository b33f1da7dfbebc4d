import type { EgressAddressPool, EgressAddressPoolStatus } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import type { Family, Ip } from '../net/ip.ts';
import { formatRange, type Range } from '../net/range.ts';
import { contains, intersect, normalise, subtract, totalSize } from '../net/ranges.ts';
import { matchesSelector } from './label-selector.ts';
import { compareName } from './order.ts';
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

/** Every pool, sorted by name, with cluster ranges and avoided addresses taken out. */
export function judgePools(pools: readonly EgressAddressPool[], inside: readonly Range[]): readonly JudgedPool[] {
  return [...pools].sort(compareName).map((pool) => judgePool(pool, inside));
}

function judgePool(pool: EgressAddressPool, inside: readonly Range[]): JudgedPool {
  const parsed = parsePool(pool);
  if (!parsed.ok) {
    return { pool, usable: [], findings: [finding('PoolInvalid', { field: parsed.field, problem: parsed.problem })] };
  }
  const settings = parsed.value;
  const offered = subtract(normalise(settings.addresses), settings.avoid);
  const usable = subtract(offered, inside);
  if (usable.length === 0) return { pool, settings, usable, findings: [finding('PoolNotUsable', {})] };
  const overlap = intersect(offered, inside).map(formatRange).join(', ');
  const findings: Finding[] = [finding('PoolAccepted', {})];
  if (overlap !== '') findings.push(finding('PoolOverlapsCluster', { ranges: overlap }));
  return { pool, settings, usable, findings };
}

/** The usable pools of a network that a namespace with these labels may take from, sorted by name. */
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

/** The pool's status; `claimed` are all addresses in use or at rest. */
export function poolStatus(judged: JudgedPool, claimed: readonly Ip[], scribe: Scribe): EgressAddressPoolStatus {
  const { metadata, status } = judged.pool;
  const total = totalSize(judged.usable);
  const used = BigInt(claimed.filter((ip) => poolHas(judged, ip)).length);
  const subject = {
    ref: { kind: 'EgressAddressPool', name: metadata.name },
    uid: metadata.uid,
    generation: metadata.generation ?? 0,
    previous: status?.conditions ?? [],
  };
  const conditions = scribe.write(subject, judged.findings);
  return { total: saturate(total), used: saturate(used), free: saturate(total - used), conditions };
}

// JSON numbers are exact up to 2^53-1; an IPv6 /64 has more addresses.
function saturate(count: bigint): number {
  return count > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(count);
}
