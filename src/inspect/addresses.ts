import type { EgressAddressClaim, EgressAddressPool } from '../api/kinds.ts';
import { compareName } from '../compile/order.ts';
import { parseTime } from '../compile/time.ts';
import { compareIp, parseIp } from '../net/ip.ts';
import { renderAge, renderTable } from './table.ts';

/** How full a pool is; figures are absent until the controller has counted. */
export interface PoolUse {
  readonly pool: string;
  readonly ranges: readonly string[];
  readonly total?: number;
  readonly used?: number;
  readonly free?: number;
  /** Why it gives out nothing. */
  readonly problem?: string;
  readonly addresses: readonly AddressUse[];
}

/** An address that a Gateway holds, or that rests after one gave it up. */
export interface AddressUse {
  readonly address: string;
  /** "namespace/name" */
  readonly gateway: string;
  /** RFC 3339. */
  readonly since: string;
  readonly restsUntil?: string;
}

/** Every pool with the addresses that came from it, both ascending. */
export function poolUses(
  pools: readonly EgressAddressPool[],
  claims: readonly EgressAddressClaim[],
): readonly PoolUse[] {
  const byPool = Map.groupBy(claims, ({ spec }) => spec.pool ?? '');
  return pools.toSorted(compareName).map(({ metadata, spec, status }) => {
    const { total, used, free, conditions = [] } = status ?? {};
    const refused = conditions.find((condition) => condition.type === 'Accepted' && condition.status === 'False');
    return {
      pool: metadata.name,
      ranges: spec.addresses,
      ...(total === undefined ? {} : { total }),
      ...(used === undefined ? {} : { used }),
      ...(free === undefined ? {} : { free }),
      ...(refused === undefined ? {} : { problem: refused.message }),
      addresses: (byPool.get(metadata.name) ?? []).map(useOf).toSorted(byAddress),
    };
  });
}

function useOf({ spec: { address, holder, since, quarantinedUntil } }: EgressAddressClaim): AddressUse {
  return {
    address,
    gateway: `${holder.namespace}/${holder.name}`,
    since,
    ...(quarantinedUntil === undefined ? {} : { restsUntil: quarantinedUntil }),
  };
}

function byAddress(a: AddressUse, b: AddressUse): number {
  const [first, second] = [parseIp(a.address), parseIp(b.address)];
  return first === undefined || second === undefined ? 0 : compareIp(first, second);
}

/** Pools as a table, then their addresses as another, then what is wrong. `now` in ms. */
export function renderPools(pools: readonly PoolUse[], now: number): string {
  if (pools.length === 0) return 'no EgressAddressPool\n';
  const count = (value: number | undefined) => (value === undefined ? '-' : `${value}`);
  const heads = pools.map(({ pool, total, used, free, ranges }) => [
    pool,
    count(total),
    count(used),
    count(free),
    ranges.join(','),
  ]);
  const rows = pools.flatMap(({ pool, addresses }) =>
    addresses.map(({ address, gateway, since, restsUntil }) => [
      address,
      pool,
      gateway,
      ageSince(since, now),
      restOf(restsUntil, now),
    ]),
  );
  const problems = pools.flatMap(({ pool, problem }) => (problem === undefined ? [] : [`${pool}: ${problem}\n`]));
  return [
    renderTable([['POOL', 'TOTAL', 'USED', 'FREE', 'RANGES'], ...heads]),
    ...(rows.length === 0 ? [] : ['\n', renderTable([['ADDRESS', 'POOL', 'GATEWAY', 'SINCE', 'STATE'], ...rows])]),
    ...(problems.length === 0 ? [] : ['\n', ...problems]),
  ].join('');
}

function ageSince(text: string, now: number): string {
  const time = parseTime(text);
  return time === undefined ? '-' : renderAge(now - time);
}

function restOf(restsUntil: string | undefined, now: number): string {
  const time = parseTime(restsUntil);
  return time === undefined ? 'in use' : `given up, rests for ${renderAge(time - now)} at most`;
}
