import { createSortedKeys, type SortedKeys } from './sorted-keys.ts';

/** Items by key, readable in key order; an array that was handed out is never changed. */
export interface Contents<T> {
  readonly size: number;
  get(key: string): T | undefined;
  entries(): Iterable<readonly [string, T]>;
  /** Undefined removes. */
  put(key: string, item: T | undefined): void;
  /** The same array until the next `put`. */
  list(): readonly T[];
}

export function createContents<T>(): Contents<T> {
  const items = new Map<string, T>();
  const keys = createSortedKeys();
  let cached: readonly T[] | undefined;
  return {
    get size() {
      return items.size;
    },
    get: (key) => items.get(key),
    entries: () => items,
    put: (key, item) => {
      cached = undefined;
      if (item === undefined) {
        items.delete(key);
        keys.delete(key);
      } else {
        items.set(key, item);
        keys.add(key);
      }
    },
    list: () => {
      cached ??= collect(keys, items);
      return cached;
    },
  };
}

function collect<T>(keys: SortedKeys, items: ReadonlyMap<string, T>): readonly T[] {
  const list: T[] = [];
  for (const key of keys.all()) {
    const item = items.get(key);
    if (item !== undefined) list.push(item);
  }
  return list;
}
