type Labels = Readonly<Record<string, string>>;

/** A series of a gauge and its value. */
export type Entry<L extends Labels> = readonly [labels: L, value: number];

/** A gauge that tells exactly what it was shown last. */
export interface Board<L extends Labels> {
  /** Sets these series, no two with equal labels, and removes all others. */
  show(entries: Iterable<Entry<L>>): void;
}

/** Makes a gauge a board; nobody else may set it. */
export function createBoard<L extends Labels>(gauge: {
  set(labels: L, value: number): void;
  remove(labels: L): void;
}): Board<L> {
  let shown: ReadonlyMap<string, L> = new Map();
  return {
    show: (entries) => {
      const now = new Map<string, L>();
      for (const [labels, value] of entries) {
        gauge.set(labels, value);
        now.set(JSON.stringify(labels), labels);
      }
      for (const [key, labels] of shown) if (!now.has(key)) gauge.remove(labels);
      shown = now;
    },
  };
}

/** Entries with equal labels as one: their values added up, or as `merge` has it. */
export function mergeEntries<L extends Labels>(
  entries: Iterable<Entry<L>>,
  merge: (a: number, b: number) => number = (a, b) => a + b,
): readonly Entry<L>[] {
  const all = new Map<string, Entry<L>>();
  for (const [labels, value] of entries) {
    const key = JSON.stringify(labels);
    const before = all.get(key);
    all.set(key, [labels, before === undefined ? value : merge(before[1], value)]);
  }
  return [...all.values()];
}
