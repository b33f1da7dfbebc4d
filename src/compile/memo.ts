import { sameData } from './canonical-json.ts';

/**
 * `compute` remembered per object identity: objects of a snapshot are never changed in place, so a parse holds as long as
 * the object lives. The result must depend on nothing else.
 */
export function memoByObject<Key extends object, Value>(compute: (key: Key) => Value): (key: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key) => {
    const found = known.get(key);
    if (found !== undefined) return found.value;
    const value = compute(key);
    known.set(key, { value });
    return value;
  };
}

/** One value per key, found again as long as every input is the same object or value as when it was kept. */
export interface Shelf<Key extends object, Value> {
  find(key: Key, inputs: readonly unknown[]): Value | undefined;
  keep(key: Key, inputs: readonly unknown[], value: Value): void;
}

/** An empty shelf; what is kept goes with its key. */
export function createShelf<Key extends object, Value>(): Shelf<Key, Value> {
  const known = new WeakMap<Key, { readonly inputs: readonly unknown[]; readonly value: Value }>();
  return {
    find: (key, inputs) => {
      const found = known.get(key);
      return found !== undefined && sameItems(found.inputs, inputs) ? found.value : undefined;
    },
    keep: (key, inputs, value) => void known.set(key, { inputs, value }),
  };
}

/** What was computed for the key last, as long as every input is the same object or value as then; else `compute` again. */
export type Memo<Key extends object, Value> = (key: Key, inputs: readonly unknown[], compute: () => Value) => Value;

/** A memo of one value per key: `inputs` must name everything that `compute` reads, the key excepted. */
export function createMemo<Key extends object, Value>(): Memo<Key, Value> {
  const shelf = createShelf<Key, { readonly value: Value }>();
  return (key, inputs, compute) => {
    const found = shelf.find(key, inputs);
    if (found !== undefined) return found.value;
    const value = compute();
    shelf.keep(key, inputs, { value });
    return value;
  };
}

/** `compute` remembered for lists of the same objects in the same order (kept with the first of them). */
export function memoByItems<Item extends object, Value>(
  compute: (items: readonly Item[]) => Value,
): (items: readonly Item[]) => Value {
  const memo = createMemo<Item, Value>();
  return (items) => {
    const [first] = items;
    return first === undefined ? compute(items) : memo(first, items, () => compute(items));
  };
}

/** The list of that content that was seen last: equal lists become the same list, so that identity tells a change. */
export function createListPool<Item extends object>(): (items: readonly Item[]) => readonly Item[] {
  return memoByItems((items) => items);
}

/** The key's last value as long as the new one is the same data, so that identity tells a change. */
export function createSteady<Key extends object, Value>(): (key: Key, value: Value) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (key, value) => {
    const found = known.get(key);
    if (found !== undefined && sameData(found.value, value)) return found.value;
    known.set(key, { value });
    return value;
  };
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!Object.is(a[index], b[index])) return false;
  return true;
}
