/** The keys of a queue that are not delayed: waiting in order of arrival, or in a handler's hands. */
export interface Line<K> {
  /** Waiting keys, and those to be handled again. */
  readonly size: number;
  /** Joins the line once; a key in a handler's hands joins when that has ended. */
  add(key: K): void;
  has(key: K): boolean;
  /** The longest waiting key, now in a handler's hands. */
  take(): { readonly key: K } | undefined;
  /** The handler has ended; true when the key was added meanwhile (and does not wait yet). */
  end(key: K): boolean;
}

export function createLine<K>(): Line<K> {
  const waiting = new Set<K>();
  const active = new Set<K>();
  const again = new Set<K>();
  return {
    get size() {
      return waiting.size + again.size;
    },
    add: (key) => void (active.has(key) ? again : waiting).add(key),
    has: (key) => waiting.has(key) || again.has(key),
    take: () => {
      for (const key of waiting) {
        waiting.delete(key);
        active.add(key);
        return { key };
      }
      return undefined;
    },
    end: (key) => {
      active.delete(key);
      return again.delete(key);
    },
  };
}
