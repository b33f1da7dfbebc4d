/** Which keys have time series of their own: as many as there are places; all others are counted together. */
export interface Places {
  /** Keys that are not wanted any more leave (they are returned); of the others each keeps its place, or takes one that is free, in this order. */
  keep(wanted: Iterable<string>): readonly string[];
  has(key: string): boolean;
}

/** Bounds the time series of one process: who has a place keeps it, so that no counter is taken apart and put together again. */
export function createPlaces(most: number): Places {
  const taken = new Set<string>();
  return {
    keep: (wanted) => {
      const all = new Set(wanted);
      const gone = [...taken].filter((key) => !all.has(key));
      for (const key of gone) taken.delete(key);
      for (const key of all) {
        if (taken.size >= most) break;
        taken.add(key);
      }
      return gone;
    },
    has: (key) => taken.has(key),
  };
}
