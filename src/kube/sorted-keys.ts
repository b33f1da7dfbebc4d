/** A set of strings, read in code unit order. */
export interface SortedKeys {
  add(key: string): void;
  delete(key: string): void;
  all(): readonly string[];
}

/** Few additions between two reads are inserted in place, so that a store of 50,000 does not sort again for each change; many are sorted at once. */
export function createSortedKeys(): SortedKeys {
  const set = new Set<string>();
  let sorted: string[] = [];
  let stale = false;
  let insertions = 0;
  return {
    add: (key) => {
      if (set.has(key)) return;
      set.add(key);
      insertions++;
      if (insertions > longestPatch) stale = true;
      if (!stale) sorted.splice(position(sorted, key), 0, key);
    },
    delete: (key) => {
      if (set.delete(key) && !stale) sorted.splice(position(sorted, key), 1);
    },
    all: () => {
      if (stale) sorted = [...set].sort();
      stale = false;
      insertions = 0;
      return sorted;
    },
  };
}

const longestPatch = 64;

function position(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
