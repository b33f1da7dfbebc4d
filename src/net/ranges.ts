import { familyMax, type Ip } from './ip.ts';
import { compareRange, type Range, rangeSize } from './range.ts';

/**
 * A set of addresses: its ranges sorted (IPv4 first), disjoint and never touching, so that equal sets are equal arrays.
 * Every function here takes ranges in any order and overlap, and gives such a set back.
 */
export type RangeSet = readonly Range[];

/** Sorts, and merges what overlaps or touches. */
export function normalise(ranges: readonly Range[]): Range[] {
  const set: Range[] = [];
  for (const range of ranges.toSorted(compareRange)) {
    const last = set.at(-1);
    if (last !== undefined && last.family === range.family && range.from <= last.to + 1n) {
      if (range.to > last.to) set[set.length - 1] = { ...last, to: range.to };
    } else set.push(range);
  }
  return set;
}

/** Addresses in either. */
export function union(a: readonly Range[], b: readonly Range[]): Range[] {
  return normalise([...a, ...b]);
}

/** Addresses in both. */
export function intersect(a: readonly Range[], b: readonly Range[]): Range[] {
  const [left, right] = [normalise(a), normalise(b)];
  const set: Range[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const [x, y] = [left[i], right[j]];
    if (x === undefined || y === undefined) return set;
    if (x.family === y.family) {
      const from = highest(x.from, y.from);
      const to = lowest(x.to, y.to);
      if (from <= to) set.push({ family: x.family, from, to });
    }
    if (endsFirst(x, y)) i += 1;
    else j += 1;
  }
}

/** Addresses in `a` that are not in `b`. */
export function subtract(a: readonly Range[], b: readonly Range[]): Range[] {
  return intersect(a, complement(b));
}

/** Addresses of both families that are not in the set. */
export function complement(ranges: readonly Range[]): Range[] {
  const set = normalise(ranges);
  return ([4, 6] as const).flatMap((family) => {
    const gaps: Range[] = [];
    let from = 0n;
    for (const range of set) {
      if (range.family !== family) continue;
      if (range.from > from) gaps.push({ family, from, to: range.from - 1n });
      from = range.to + 1n;
    }
    return from > familyMax(family) ? gaps : [...gaps, { family, from, to: familyMax(family) }];
  });
}

/** Whether the address is in the set; O(log n), so the set must be normalised. */
export function contains(set: RangeSet, ip: Ip): boolean {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = set[middle];
    if (range === undefined) return false;
    if (range.family < ip.family || (range.family === ip.family && range.to < ip.value)) low = middle + 1;
    else high = middle;
  }
  const found = set[low];
  return found !== undefined && found.family === ip.family && found.from <= ip.value;
}

/** How many addresses, each counted once; may pass 2^53. */
export function totalSize(ranges: readonly Range[]): bigint {
  return normalise(ranges).reduce((sum, range) => sum + rangeSize(range), 0n);
}

/** The addresses in ascending order, one at a time: a /64 costs nothing until it is walked. */
export function* addresses(ranges: readonly Range[]): Generator<Ip, undefined, undefined> {
  for (const { family, from, to } of normalise(ranges)) {
    for (let value = from; value <= to; value += 1n) yield { family, value };
  }
}

function endsFirst(a: Range, b: Range): boolean {
  return a.family === b.family ? a.to < b.to : a.family < b.family;
}

// Math.max has no bigint.
function highest(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function lowest(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
