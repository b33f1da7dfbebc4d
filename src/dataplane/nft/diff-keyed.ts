import { elementTexts, isMap, type NftKeyedObject } from './commands.ts';
import { renderKey } from './element.ts';
import type { NftMap, NftSet } from './model.ts';
import { isFilledElsewhere } from './observed.ts';

/** Element changes of one set or map, as nft reads them. */
export interface ElementChanges {
  readonly remove: readonly string[];
  readonly add: readonly string[];
}

/** Whether a set or map must be made anew: the kernel changes none of these in place. */
export function needsRecreation(observed: NftKeyedObject, desired: NftKeyedObject): boolean {
  const flags = (object: NftKeyedObject) => object.flags.filter((flag) => flag !== 'dynamic');
  return (
    !sameWords(observed.key, desired.key) ||
    !sameWords(flags(observed).sort(), flags(desired).sort()) ||
    (isMap(observed) ? observed.value : undefined) !== (isMap(desired) ? desired.value : undefined) ||
    observed.timeout !== desired.timeout ||
    // Without a wish the kernel may have chosen one by itself; and who fills a set would not know that it is empty now.
    (desired.size !== undefined && desired.filled === undefined && observed.size !== desired.size)
  );
}

/** What to remove and to add; a key that leads elsewhere now is removed and added. What others fill is left to them. */
export function diffElements(observed: NftKeyedObject, desired: NftKeyedObject): ElementChanges {
  if (isFilledElsewhere(desired) || observed.elements === desired.elements) return { remove: [], add: [] };
  const [left, right] = withoutCommonEnds(entriesOf(observed), entriesOf(desired));
  const before = new Map(left);
  const after = new Map(right);
  const gone = [...before].filter(([key, value]) => after.get(key) !== value).map(([key]) => key);
  const fresh = [...after].filter(([key, value]) => before.get(key) !== value);
  return {
    remove: gone.map((key) => renderKey(observed.key, key)),
    add: elementTexts(withElements(desired, fresh)),
  };
}

/** All elements, for a set or map that does not exist yet. */
export function allElements(desired: NftKeyedObject): ElementChanges {
  return { remove: [], add: isFilledElsewhere(desired) ? [] : elementTexts(desired) };
}

type Entry = readonly [key: string, value: string];

// A set is a map to nothing.
function entriesOf(object: NftKeyedObject): readonly Entry[] {
  return isMap(object) ? object.elements : object.elements.map((key) => [key, ''] as const);
}

// Of a hundred thousand elements mostly one has changed, and the others come in the same order.
function withoutCommonEnds(a: readonly Entry[], b: readonly Entry[]): readonly [readonly Entry[], readonly Entry[]] {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && sameEntry(a[head], b[head])) head += 1;
  let tail = 0;
  while (tail < shorter - head && sameEntry(a.at(-1 - tail), b.at(-1 - tail))) tail += 1;
  return [a.slice(head, a.length - tail), b.slice(head, b.length - tail)];
}

function sameEntry(a: Entry | undefined, b: Entry | undefined): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}

function withElements(object: NftKeyedObject, elements: readonly (readonly [string, string])[]): NftKeyedObject {
  if (isMap(object)) return { ...object, elements } satisfies NftMap;
  return { ...object, elements: elements.map(([key]) => key) } satisfies NftSet;
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
