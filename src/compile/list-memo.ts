import { mapInSteps, type Steps } from './steps.ts';

/** How a list is mapped. */
export interface ListMapping<A, B> {
  readonly map: (item: A, index: number) => B;
  /** Whether what was found for an item that is still there must be found again; default never. */
  readonly isStale?: (item: A, before: B, index: number) => boolean;
}

/** Where the last list is found, and where this one is kept; both may be the same. */
export interface Keys<Key extends object> {
  readonly from: Key;
  readonly to: Key;
}

/**
 * Maps lists that are mostly the one before: what is the same object at the beginning and at the end is looked at
 * in passing, by place and not by look-up, for a list of ten thousand has no time for ten thousand look-ups.
 */
export function createListMemo<Key extends object, A extends object, B>() {
  const known = new WeakMap<Key, { readonly items: readonly A[]; readonly results: readonly B[] }>();
  return function* (
    { from, to }: Keys<Key>,
    items: readonly A[],
    { map, isStale }: ListMapping<A, B>,
  ): Steps<readonly B[]> {
    const last = known.get(from) ?? { items: [], results: [] };
    const head = sameHead(last.items, items);
    const tail = sameTail(last.items, items, head);
    const moved = last.items.length - items.length;
    const isKnown = (index: number) => index < head || index >= items.length - tail;
    const results = yield* mapInSteps(items, (item, index) => {
      if (!isKnown(index)) return map(item, index);
      const before = last.results[index < head ? index : index + moved] as B;
      return isStale?.(item, before, index) === true ? map(item, index) : before;
    });
    known.set(to, { items, results });
    return results;
  };
}

function sameHead(a: readonly unknown[], b: readonly unknown[]): number {
  const end = Math.min(a.length, b.length);
  let index = 0;
  while (index < end && a[index] === b[index]) index += 1;
  return index;
}

function sameTail(a: readonly unknown[], b: readonly unknown[], head: number): number {
  const most = Math.min(a.length, b.length) - head;
  let count = 0;
  while (count < most && a[a.length - 1 - count] === b[b.length - 1 - count]) count += 1;
  return count;
}
