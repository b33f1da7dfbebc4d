import { sweep } from './sweep.ts';

/** Ports `from`..`to` of one protocol, both included, 0..65535; entries that come first are stronger. */
export interface PortEntry<P extends string, T> {
  readonly protocol: P;
  readonly from: number;
  readonly to: number;
  readonly value: T;
}

/**
 * Cuts overlapping port entries, strongest first, into disjoint ones: of several that cover a port the first wins.
 * Sorted by protocol, then port; neighbours with the same value (`Object.is`) are one entry.
 */
export function disjointPorts<P extends string, T>(entries: readonly PortEntry<P, T>[]): PortEntry<P, T>[] {
  const byProtocol = Map.groupBy(entries, (entry) => entry.protocol);
  return [...byProtocol].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, group]) => cutProtocol(group));
}

function cutProtocol<P extends string, T>(entries: readonly PortEntry<P, T>[]): PortEntry<P, T>[] {
  const cut: PortEntry<P, T>[] = [];
  for (const { from, end, open } of sweep(entries.map((entry) => ({ from: entry.from, end: entry.to + 1 })))) {
    const winner = entries[open[0] ?? -1];
    if (winner === undefined) continue;
    const last = cut.at(-1);
    const joins = last !== undefined && last.to + 1 === from && Object.is(last.value, winner.value);
    if (joins) cut[cut.length - 1] = { ...last, to: end - 1 };
    else cut.push({ ...winner, from, to: end - 1 });
  }
  return cut;
}
