import type { KubeObject } from '../../lib/world.ts';

/** All objects of a cluster, each with a new resourceVersion whenever it is put. */
export interface ObjectStore {
  get(kind: string, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Every object of a kind, by namespace and name. */
  list(kind: string): readonly KubeObject[];
  /** Stores the object as it is but for its resourceVersion, and returns what is stored. */
  put(object: KubeObject): KubeObject;
  remove(object: KubeObject): void;
  /** A uid that no object had before; the same in every run. */
  nextUid(): string;
  /** Calls `listener` after every change. */
  onChange(listener: () => void): void;
}

/** An empty store. */
export function openStore(): ObjectStore {
  const kinds = new Map<string, Map<string, KubeObject>>();
  const listeners: (() => void)[] = [];
  let version = 1000;
  let uids = 0;
  const ofKind = (kind: string): Map<string, KubeObject> => {
    const found = kinds.get(kind) ?? new Map<string, KubeObject>();
    kinds.set(kind, found);
    return found;
  };
  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  return {
    get: (kind, namespace, name) => ofKind(kind).get(key(namespace, name)),
    list: (kind) => {
      const objects = ofKind(kind);
      return [...objects.keys()].sort().flatMap((name) => objects.get(name) ?? []);
    },
    put: (object) => {
      version += 1;
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
      ofKind(object.kind).set(key(object.metadata.namespace, object.metadata.name), stored);
      changed();
      return stored;
    },
    remove: ({ kind, metadata }) => {
      version += 1;
      ofKind(kind).delete(key(metadata.namespace, metadata.name));
      changed();
    },
    nextUid: () => {
      uids += 1;
      return `00000000-0000-4000-8000-${uids.toString(16).padStart(12, '0')}`;
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
  };
}

function key(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
