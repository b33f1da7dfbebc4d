import { type Cidr, cidrOf, cidrRange, compareCidr, formatCidr } from '../net/cidr.ts';
import type { Contender } from './contender.ts';
import { comparePrecedence } from './precedence.ts';

/**
 * Finds the contenders that surely match what one of them matches: every Pod that meets its requirements meets theirs, told
 * from the selectors' text alone.
 */
export interface RivalIndex {
  /** Those with the same prefix, strongest first. */
  same(contender: Contender): readonly Contender[];
  /** Those with a shorter prefix around it, longest prefix first. */
  around(contender: Contender): readonly Contender[];
  /** Those with a longer prefix inside it; none where they are more than `mostRivals`. */
  inside(contender: Contender): readonly Contender[];
}

/** More rivals of one destination are not looked at: nobody fills a prefix from so many parts, and looking must stay cheap. */
export const mostRivals = 256;

/** Builds the index; a look-up costs about as much as it finds. */
export function indexRivals(contenders: readonly Contender[]): RivalIndex {
  const frequency = new Map<string, number>();
  for (const { requirements } of contenders) {
    for (const text of requirements) frequency.set(text, (frequency.get(text) ?? 0) + 1);
  }
  const buckets = new Map(
    [...Map.groupBy(contenders, ({ requirements }) => rarest(requirements, frequency))].map(([key, members]) => [
      key,
      indexBucket(members),
    ]),
  );
  const find = (contender: Contender, place: keyof Bucket): readonly Contender[] => {
    const lists = [anyPod, ...contender.requirements].flatMap((key) => {
      const found = buckets.get(key)?.[place](contender) ?? [];
      const fitting = found.filter(({ requirements }) => includesAll(contender.requirements, requirements));
      return fitting.length === 0 ? [] : [fitting];
    });
    const [only = [], ...others] = lists;
    return others.length === 0 ? only : lists.flat().sort(comparePrecedence);
  };
  return {
    same: (contender) => find(contender, 'same'),
    around: (contender) => find(contender, 'around'),
    inside: (contender) => find(contender, 'inside'),
  };
}

const anyPod = '';

// A contender lies in one bucket only, that of the requirement fewest others share, so that one label used everywhere
// does not make a bucket of everything.
function rarest(requirements: readonly string[], frequency: ReadonlyMap<string, number>): string {
  const count = (text: string) => frequency.get(text) ?? 0;
  const [first = anyPod, ...others] = requirements;
  return others.reduce((best, text) => (count(text) < count(best) ? text : best), first);
}

function includesAll(whole: readonly string[], part: readonly string[]): boolean {
  return part.every((text) => whole.includes(text));
}

type Bucket = RivalIndex;

function indexBucket(members: readonly Contender[]): Bucket {
  const byText = Map.groupBy(members, ({ text }) => text);
  for (const list of byText.values()) if (list.length > 1) list.sort(comparePrecedence);
  const lengths = [...new Set(members.map(({ prefix }) => prefix))].sort((a, b) => b - a);
  const at = (text: string) => (byText.get(text) ?? []).slice(0, mostRivals);
  const sorted = members.toSorted((a, b) => compareCidr(a.cidr, b.cidr));
  return {
    same: ({ text }) => at(text),
    around: ({ cidr }) => {
      const shorter = lengths.filter((prefix) => prefix < cidr.prefix);
      return shorter.flatMap((prefix) => at(formatCidr(cidrOf({ family: cidr.family, value: cidr.base }, prefix))));
    },
    inside: ({ cidr }) => insideOf(sorted, cidr),
  };
}

function insideOf(sorted: readonly Contender[], cidr: Cidr): readonly Contender[] {
  const { to } = cidrRange(cidr);
  const found: Contender[] = [];
  for (let index = firstAfter(sorted, cidr); index < sorted.length; index++) {
    const contender = sorted[index];
    if (contender === undefined || contender.cidr.family !== cidr.family || contender.cidr.base > to) break;
    if (found.length === mostRivals) return [];
    found.push(contender);
  }
  return found;
}

/** The place of the first contender behind `cidr` in the order of `compareCidr`. */
function firstAfter(sorted: readonly Contender[], cidr: Cidr): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const contender = sorted[middle];
    if (contender !== undefined && compareCidr(contender.cidr, cidr) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
