import { type Contents, createContents } from './contents.ts';

/** One index of a store: the items under each value that `valuesOf` gives for them, in key order. */
export interface StoreIndex<T> {
  /** Undefined removes. */
  put(key: string, item: T | undefined): void;
  /** The same array until an item under this value changes. */
  find(value: string): readonly T[];
}

export function createStoreIndex<T>(valuesOf: (item: T) => readonly string[]): StoreIndex<T> {
  const buckets = new Map<string, Contents<T>>();
  const valuesByKey = new Map<string, ReadonlySet<string>>();
  const putInto = (value: string, key: string, item: T | undefined) => {
    const bucket = buckets.get(value) ?? createContents<T>();
    bucket.put(key, item);
    if (bucket.size === 0) buckets.delete(value);
    else buckets.set(value, bucket);
  };
  return {
    put: (key, item) => {
      const values = new Set(item === undefined ? [] : valuesOf(item));
      for (const value of valuesByKey.get(key) ?? []) if (!values.has(value)) putInto(value, key, undefined);
      for (const value of values) putInto(value, key, item);
      if (values.size === 0) valuesByKey.delete(key);
      else valuesByKey.set(key, values);
    },
    find: (value) => buckets.get(value)?.list() ?? none,
  };
}

const none: readonly never[] = [];
