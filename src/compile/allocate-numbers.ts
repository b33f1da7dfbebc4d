/** A number as it stands in EgressCluster's status: in use by a holder, or at rest since `releasedAt`. */
export interface NumberEntry {
  readonly number: number;
  readonly holder: string;
  /** RFC 3339 */
  readonly releasedAt?: string;
}

/** A wish for one number in `from`..`to`; `prefer` is the number an existing object already carries. */
export interface NumberWish {
  readonly holder: string;
  readonly from: number;
  readonly to: number;
  readonly prefer?: number | undefined;
}

export interface NumberAllocation {
  /** What the status shall say, ascending. */
  readonly entries: readonly NumberEntry[];
  /** Holder to number, as far as the status says so already. */
  readonly confirmed: ReadonlyMap<string, number>;
  /** Holders for whom nothing was left, in the order of the wishes. */
  readonly exhausted: readonly string[];
}

/** What the allocation is told besides entries and wishes. */
export interface NumberRules {
  /** RFC 3339: the time of release of what is freed now. */
  readonly releasedAt: string;
  readonly isResting: (entry: NumberEntry) => boolean;
}

/**
 * One number per holder, never one number for two: a holder keeps its number, gets a resting one of its own back, else the
 * preferred, else the lowest free one. Numbers nobody wishes for rest, then go.
 */
export function allocateNumbers(
  existing: readonly NumberEntry[],
  wishes: readonly NumberWish[],
  rules: NumberRules,
): NumberAllocation {
  const open = new Map(wishes.map((wish) => [wish.holder, wish]));
  const entries = new Map<number, NumberEntry>();
  const confirmed = new Map<string, number>();
  for (const entry of unique(existing)) {
    const wish = open.get(entry.holder);
    if (wish !== undefined && wish.from <= entry.number && entry.number <= wish.to) {
      open.delete(entry.holder);
      entries.set(entry.number, { number: entry.number, holder: entry.holder });
      if (entry.releasedAt === undefined) confirmed.set(entry.holder, entry.number);
    } else if (entry.releasedAt === undefined) {
      entries.set(entry.number, { ...entry, releasedAt: rules.releasedAt });
    } else if (rules.isResting(entry)) {
      entries.set(entry.number, entry);
    }
  }
  const exhausted = assignRest(entries, [...open.values()]);
  return { entries: [...entries.values()].sort((a, b) => a.number - b.number), confirmed, exhausted };
}

// In use before resting, so that a holder with two entries keeps the live one; then the lower number.
function unique(existing: readonly NumberEntry[]): readonly NumberEntry[] {
  const sorted = [...existing].sort((a, b) => {
    return Number(a.releasedAt !== undefined) - Number(b.releasedAt !== undefined) || a.number - b.number;
  });
  const seen = new Set<number>();
  return sorted.filter(({ number }) => !seen.has(number) && seen.add(number));
}

function assignRest(entries: Map<number, NumberEntry>, wishes: readonly NumberWish[]): readonly string[] {
  const exhausted: string[] = [];
  const preferred = wishes.filter(({ prefer, from, to, holder }) => {
    if (prefer === undefined || prefer < from || prefer > to || entries.has(prefer)) return false;
    entries.set(prefer, { number: prefer, holder });
    return true;
  });
  const done = new Set(preferred);
  // One look at each number per range: what is taken stays taken.
  const next = new Map<number, number>();
  for (const wish of wishes) {
    if (done.has(wish)) continue;
    let number = next.get(wish.from) ?? wish.from;
    while (number <= wish.to && entries.has(number)) number += 1;
    next.set(wish.from, number);
    if (number > wish.to) exhausted.push(wish.holder);
    else entries.set(number, { number, holder: wish.holder });
  }
  return exhausted;
}
