/** A half-open stretch of a line: `from` is in, `end` is not. */
export interface Span<N extends number | bigint> {
  readonly from: N;
  readonly end: N;
}

/** A stretch that is covered by the same spans all along; `open` are their indexes, ascending, valid until the next piece. */
export interface Piece<N extends number | bigint> extends Span<N> {
  readonly open: readonly number[];
}

/** Walks along the line and yields the covered pieces between one edge and the next: O(n log n + sum of `open`). Empty spans count for nothing. */
export function* sweep<N extends number | bigint>(
  spans: readonly Span<N>[],
): Generator<Piece<N>, undefined, undefined> {
  const edges = spans.flatMap(({ from, end }, index) =>
    from < end
      ? [
          { at: from, index, begins: true },
          { at: end, index, begins: false },
        ]
      : [],
  );
  edges.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  const open: number[] = [];
  for (const [i, edge] of edges.entries()) {
    const place = lowerBound(open, edge.index);
    if (edge.begins) open.splice(place, 0, edge.index);
    else open.splice(place, 1);
    const next = edges[i + 1];
    if (open.length > 0 && next !== undefined && next.at !== edge.at) yield { from: edge.at, end: next.at, open };
  }
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? Number.POSITIVE_INFINITY) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
