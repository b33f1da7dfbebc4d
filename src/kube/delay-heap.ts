/** Keys with a due time, at most one per key: the earlier one counts. */
export interface DelayHeap<K> {
  readonly size: number;
  /** True when this is now the earliest of all. */
  add(key: K, due: number): boolean;
  delete(key: K): void;
  /** Undefined when empty. */
  nextDue(): number | undefined;
  /** Removes and returns all keys due at `now`, earliest first. */
  takeDue(now: number): readonly K[];
}

export function createDelayHeap<K>(): DelayHeap<K> {
  interface Entry {
    readonly key: K;
    readonly due: number;
  }
  const heap: Entry[] = [];
  // An entry of the heap is alive while it is the one in this map: replaced and deleted ones sink to the top by themselves.
  const alive = new Map<K, Entry>();
  const peek = (): Entry | undefined => {
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      if (alive.get(top.key) === top) return top;
      pop(heap);
    }
    return undefined;
  };
  return {
    get size() {
      return alive.size;
    },
    add: (key, due) => {
      const known = alive.get(key);
      if (known !== undefined && known.due <= due) return false;
      const entry = { key, due };
      alive.set(key, entry);
      push(heap, entry);
      return peek() === entry;
    },
    delete: (key) => void alive.delete(key),
    nextDue: () => peek()?.due,
    takeDue: (now) => {
      const keys: K[] = [];
      for (let top = peek(); top !== undefined && top.due <= now; top = peek()) {
        alive.delete(top.key);
        keys.push(top.key);
      }
      return keys;
    },
  };
}

interface Due {
  readonly due: number;
}

function push<E extends Due>(heap: E[], entry: E): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapIfBefore(heap, at, parent)) return;
    at = parent;
  }
}

function pop<E extends Due>(heap: E[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let at = 0; ; ) {
    const [left, right] = [2 * at + 1, 2 * at + 2];
    const least = dueAt(heap, right) < dueAt(heap, left) ? right : left;
    if (!swapIfBefore(heap, least, at)) return;
    at = least;
  }
}

function swapIfBefore<E extends Due>(heap: E[], a: number, b: number): boolean {
  const [x, y] = [heap[a], heap[b]];
  if (x === undefined || y === undefined || x.due >= y.due) return false;
  heap[a] = y;
  heap[b] = x;
  return true;
}

const dueAt = (heap: readonly Due[], at: number) => heap[at]?.due ?? Number.POSITIVE_INFINITY;
