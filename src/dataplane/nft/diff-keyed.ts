import { elementTexts, isMap, type NftKeyedObject } from './commands.ts';
import { renderKey } from './element.ts';
import type { NftMap, NftSet } from './model.ts';
import { isDynamic } from './observed.ts';

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
    // Without a wish the kernel may have chosen one by itself.
    (desired.size !== undefined && observed.size !== desired.size)
  );
}

/** What to remove and to add; a key that leads elsewhere now is removed and added. Dynamic sets are left to the packets. */
export function diffElements(observed: NftKeyedObject, desired: NftKeyedObject): ElementChanges {
  if (isDynamic(desired)) return { remove: [], add: [] };
  const before = entries(observed);
  const after = entries(desired);
  const gone = [...before].filter(([key, value]) => after.get(key) !== value).map(([key]) => key);
  const fresh = [...after].filter(([key, value]) => before.get(key) !== value);
  return {
    remove: gone.map((key) => renderKey(observed.key, key)),
    add: elementTexts(withElements(desired, fresh)),
  };
}

/** All elements, for a set or map that does not exist yet. */
export function allElements(desired: NftKeyedObject): ElementChanges {
  return { remove: [], add: isDynamic(desired) ? [] : elementTexts(desired) };
}

// A set is a map to nothing.
function entries(object: NftKeyedObject): ReadonlyMap<string, string> {
  return isMap(object) ? new Map(object.elements) : new Map(object.elements.map((key) => [key, '']));
}

function withElements(object: NftKeyedObject, elements: readonly (readonly [string, string])[]): NftKeyedObject {
  if (isMap(object)) return { ...object, elements } satisfies NftMap;
  return { ...object, elements: elements.map(([key]) => key) } satisfies NftSet;
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, i) => word === b[i]);
}
