import type { Family, Range } from './ip.ts';
import { sweep } from './sweep.ts';

/** One claim on a range: a rule, a prefix, a pool. */
export interface Layer<T> {
  readonly range: Range;
  readonly value: T;
}

/** A range in which every address is covered by the same values. */
export interface Interval<T> {
  readonly range: Range;
  /** In the order of the layers, each value once; never empty. */
  readonly values: readonly T[];
}

/**
 * Cuts overlapping layers into sorted, disjoint intervals, the fewest that tell which values cover which address; what no
 * layer covers is left out. Values are compared by identity. A sweep: O(n log n + size of the output).
 */
export function disjoint<T>(layers: readonly Layer<T>[]): Interval<T>[] {
  const families: readonly Family[] = [4, 6];
  const pieces = families.flatMap((family) => cutFamily(layers, family));
  return mergeAdjacent(pieces, (a, b) => sameValues(a.values, b.values));
}

/** Joins neighbours whose ranges touch and which `equal` calls the same; the first one's other fields are kept. Input sorted. */
export function mergeAdjacent<I extends { readonly range: Range }>(
  intervals: readonly I[],
  equal: (a: I, b: I) => boolean,
): I[] {
  const merged: I[] = [];
  for (const next of intervals) {
    const last = merged.at(-1);
    if (last !== undefined && touches(last.range, next.range) && equal(last, next)) {
      merged[merged.length - 1] = { ...last, range: { ...last.range, to: next.range.to } };
    } else merged.push(next);
  }
  return merged;
}

function cutFamily<T>(layers: readonly Layer<T>[], family: Family): Interval<T>[] {
  const own = layers.filter(({ range }) => range.family === family);
  const intervals: Interval<T>[] = [];
  for (const { from, end, open } of sweep(own.map(({ range }) => ({ from: range.from, end: range.to + 1n })))) {
    const values = new Set<T>();
    for (const index of open) {
      const layer = own[index];
      if (layer !== undefined) values.add(layer.value);
    }
    intervals.push({ range: { family, from, to: end - 1n }, values: [...values] });
  }
  return intervals;
}

function touches(a: Range, b: Range): boolean {
  return a.family === b.family && a.to + 1n === b.from;
}

function sameValues<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}
