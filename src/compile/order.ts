import type { ObjectMeta } from '../api/meta.ts';

/** Order of text by UTF-16 code units: the same on every machine, unlike a locale's. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Named {
  readonly metadata: ObjectMeta;
}

/** "namespace/name", or the name alone of a cluster-scoped object. */
export function objectKey({ metadata }: Named): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** Oldest first, then by namespace/name. */
export function compareAge(a: Named, b: Named): number {
  return (
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(objectKey(a), objectKey(b)) ||
    compareText(a.metadata.uid, b.metadata.uid)
  );
}

/** By namespace/name. */
export function compareName(a: Named, b: Named): number {
  const { namespace, name, uid } = a.metadata;
  const other = b.metadata;
  // Mostly neighbours of one namespace: no text is put together for them.
  const byKey = namespace === other.namespace ? compareText(name, other.name) : compareText(objectKey(a), objectKey(b));
  return byKey || compareText(uid, other.uid);
}
