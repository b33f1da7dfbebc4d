/** What to write and what to remove; a `changed` entry is in `write` only, since writing replaces it. */
export interface Comparison<T> {
  readonly write: readonly T[];
  readonly remove: readonly T[];
}

/**
 * Compares two lists by identity (`key`) and content (all fields). Several observed entries may share an identity: those
 * that are not the wanted one are removed, unless writing the wanted one replaces them.
 */
export function compareEntries<T extends object>(
  observed: readonly T[],
  desired: readonly T[],
  key: (entry: T) => string,
): Comparison<T> {
  const present = new Set(observed.map(contentOf));
  const wanted = new Map(desired.map((entry) => [key(entry), contentOf(entry)]));
  const written = new Set<string>();
  const write = desired.filter((entry) => !present.has(contentOf(entry)));
  for (const entry of write) written.add(key(entry));
  const remove = observed.filter((entry) => wanted.get(key(entry)) !== contentOf(entry) && !written.has(key(entry)));
  return { write, remove };
}

/** A text that is equal for entries with equal fields, in whatever order those were written. */
export function contentOf(entry: object): string {
  return JSON.stringify(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
