import { type Contents, createContents } from './contents.ts';
import { createGate } from './gate.ts';
import { isRecord } from './object.ts';
import type { Sink } from './reflector-options.ts';
import { createStoreIndex, type StoreIndex } from './store-index.ts';

/** A collection in memory, filled by a reflector; no array or item that it returned is ever changed. */
export interface Store<T> extends Sink<T> {
  get(key: string): T | undefined;
  /** All items in key order: the same array until something changes. */
  list(): readonly T[];
  /** The items under `value` of the index `name`, in key order: the same array until one of them changes. Throws RangeError on an unknown index. */
  byIndex(name: string, value: string): readonly T[];
  readonly size: number;
  /** Whether the contents have been complete once (`synced` is the sink's own method). */
  readonly isSynced: boolean;
  /** Resolves when the contents are complete; rejects with the signal's reason. */
  waitSynced(signal: AbortSignal): Promise<void>;
}

export interface StoreOptions<T> {
  /** Index functions must not throw: `project` is the place to refuse an object. */
  readonly indexes?: Readonly<Record<string, (item: T) => readonly string[]>> | undefined;
  /** Called after the change is visible. A throw undoes the change of this key and reaches the reflector, which delivers it again. */
  readonly onChange?: ((key: string, previous: T | undefined, next: T | undefined) => void) | undefined;
  /** Items of equal versions are the same; default: uid and resourceVersion, of the item's `metadata` or of itself. */
  readonly versionOf?: ((item: T) => string | undefined) | undefined;
}

export function createStore<T>(options: StoreOptions<T> = {}): Store<T> {
  const contents = createContents<T>();
  const indexes = new Map<string, StoreIndex<T>>();
  for (const [name, valuesOf] of Object.entries(options.indexes ?? {})) indexes.set(name, createStoreIndex(valuesOf));
  const gate = createGate();
  const commit = createCommit(contents, indexes, options);
  return {
    get: contents.get,
    list: contents.list,
    byIndex: (name, value) => {
      const index = indexes.get(name);
      if (index === undefined) throw new RangeError(`the store has no index ${JSON.stringify(name)}`);
      return index.find(value);
    },
    get size() {
      return contents.size;
    },
    get isSynced() {
      return gate.isOpen;
    },
    waitSynced: gate.wait,
    replace: (items) => commit(differences(contents, items)),
    upsert: (key, item) => commit([{ key, previous: contents.get(key), next: item }]),
    remove: (key) => commit([{ key, previous: contents.get(key), next: undefined }]),
    synced: gate.open,
  };
}

interface Change<T> {
  readonly key: string;
  readonly previous: T | undefined;
  readonly next: T | undefined;
}

function differences<T>(contents: Contents<T>, items: ReadonlyMap<string, T>): readonly Change<T>[] {
  const changes: Change<T>[] = [];
  for (const [key, next] of items) changes.push({ key, previous: contents.get(key), next });
  for (const [key, previous] of contents.entries())
    if (!items.has(key)) changes.push({ key, previous, next: undefined });
  return changes;
}

/** Makes all changes visible, then tells of each; what the handler throws on is undone, the rest stays, the first error is thrown. */
function createCommit<T>(
  contents: Contents<T>,
  indexes: ReadonlyMap<string, StoreIndex<T>>,
  { onChange, versionOf = versionOfItem }: StoreOptions<T>,
) {
  const put = (key: string, item: T | undefined) => {
    contents.put(key, item);
    for (const index of indexes.values()) index.put(key, item);
  };
  const isReal = ({ previous, next }: Change<T>): boolean => {
    if (previous === undefined || next === undefined) return previous !== next;
    const version = versionOf(next);
    return version === undefined || version !== versionOf(previous);
  };
  return (changes: readonly Change<T>[]): void => {
    const real = changes.filter(isReal);
    for (const { key, next } of real) put(key, next);
    const errors: unknown[] = [];
    for (const { key, previous, next } of real) {
      try {
        onChange?.(key, previous, next);
      } catch (error) {
        put(key, previous);
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
}

function versionOfItem(item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const { uid, resourceVersion } = isRecord(item['metadata']) ? item['metadata'] : item;
  return typeof resourceVersion === 'string' && resourceVersion !== '' ? `${uid}/${resourceVersion}` : undefined;
}
