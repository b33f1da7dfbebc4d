import { type Cidr, cidrOf, cidrRange, compareCidr, formatCidr } from '../net/cidr.ts';
import type { Contender } from './contender.ts';
import { comparePrecedence } from './precedence.ts';

/**
 * Finds the contenders that may match all that one of them matches. Whether their Pods are the same is for the caller to ask
 * (`demandsLess`): here only those are left out that cannot have.
 */
export interface RivalIndex {
  /** Those with the same prefix, strongest first. */
  same(contender: Contender): readonly Contender[];
  /** Those with a shorter prefix around it. */
  around(contender: Contender): readonly Contender[];
  /** Those with a longer prefix inside it; none where they are more than 64. */
  inside(contender: Contender): readonly Contender[];
}

/** Whether every Pod that `other` selects by its labels is selected by `one`, told from the text of their selectors. */
export function demandsLess(one: Contender, other: Contender): boolean {
  return one.requirements.every((text) => other.requirements.includes(text));
}

/** More rivals with one prefix are not looked at, so that looking stays cheap. */
const mostEqual = 256;
/** Nobody fills a prefix from more parts. */
const mostParts = 64;

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
  const find = (contender: Contender, place: keyof RivalIndex): readonly Contender[] => {
    const first = buckets.get(anyPod)?.[place](contender) ?? none;
    const lists = contender.requirements.flatMap((key) => {
      const found = buckets.get(key)?.[place](contender) ?? none;
      return found.length === 0 ? [] : [found];
    });
    if (lists.length === 0) return first;
    const [only = none, ...others] = first.length === 0 ? lists : [first, ...lists];
    return others.length === 0 ? only : [only, ...others].flat().sort(comparePrecedence);
  };
  return {
    same: (contender) => find(contender, 'same'),
    around: (contender) => find(contender, 'around'),
    inside: (contender) => find(contender, 'inside'),
  };
}

const none: readonly Contender[] = [];
const anyPod = '';

// A contender lies in one bucket only, that of the requirement fewest others share, so that one label used everywhere
// does not make a bucket of everything.
function rarest(requirements: readonly string[], frequency: ReadonlyMap<string, number>): string {
  const count = (text: string) => frequency.get(text) ?? 0;
  const [first = anyPod, ...others] = requirements;
  return others.reduce((best, text) => (count(text) < count(best) ? text : best), first);
}

function indexBucket(members: readonly Contender[]): RivalIndex {
  const byText = new Map(
    [...Map.groupBy(members, ({ text }) => text)].map(([text, list]) => {
      return [text, list.length === 1 ? list : list.sort(comparePrecedence).slice(0, mostEqual)];
    }),
  );
  const lengths = [...new Set(members.map(({ prefix }) => prefix))].sort((a, b) => b - a);
  const at = (text: string) => byText.get(text) ?? none;
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
    if (found.length === mostParts) return [];
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
