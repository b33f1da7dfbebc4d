import { type Cidr, cidrRange, formatCidr } from '../net/cidr.ts';
import { formatIp } from '../net/ip.ts';
import { formatRange, type Range } from '../net/range.ts';
import type { PoolRange } from './model.ts';

/** A CIDR of a pool: of IPv4 neither the network nor the broadcast address is given out (`src/compile/pool-ranges.ts`). */
export function cidrEntry(cidr: Cidr): PoolRange {
  const range = cidrRange(cidr);
  const isWhole = cidr.family === 6 || cidr.prefix > 30;
  return { range: isWhole ? range : { ...range, from: range.from + 1n, to: range.to - 1n }, text: formatCidr(cidr) };
}

/** First to last address, all of them: never written as a CIDR, which would lack two. */
export function rangeEntry(range: Range): PoolRange {
  const [from, to] = [range.from, range.to].map((value) => formatIp({ family: range.family, value }));
  return { range, text: range.from === range.to ? formatRange(range) : `${from}-${to}` };
}
