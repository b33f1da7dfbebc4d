import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sweep } from '../../../src/net/sweep.ts';

const copy = (spans: { from: number; end: number }[]) =>
  sweep(spans)
    .map((piece) => ({ ...piece, open: [...piece.open] }))
    .toArray();

describe('sweep', () => {
  it('cuts at every edge and skips what nothing covers', () => {
    expect(
      copy([
        { from: 5, end: 9 },
        { from: 0, end: 6 },
        { from: 12, end: 13 },
      ]),
    ).toEqual([
      { from: 0, end: 5, open: [1] },
      { from: 5, end: 6, open: [0, 1] },
      { from: 6, end: 9, open: [0] },
      { from: 12, end: 13, open: [2] },
    ]);
  });

  it('yields one piece where edges coincide', () => {
    const spans = [
      { from: 0, end: 5 },
      { from: 0, end: 9 },
      { from: 5, end: 9 },
    ];
    expect(copy(spans)).toEqual([
      { from: 0, end: 5, open: [0, 1] },
      { from: 5, end: 9, open: [1, 2] },
    ]);
  });

  it('ignores empty and inverted spans', () => {
    expect(
      copy([
        { from: 3, end: 3 },
        { from: 4, end: 1 },
      ]),
    ).toEqual([]);
  });

  it('tells for every point which spans cover it', () => {
    const span = fc.record({ from: fc.nat(30), end: fc.nat(31) });
    fc.assert(
      fc.property(fc.array(span, { maxLength: 20 }), (spans) => {
        const pieces = copy(spans);
        for (let point = 0; point <= 31; point += 1) {
          const expected = spans.flatMap(({ from, end }, i) => (from <= point && point < end ? [i] : []));
          expect(pieces.filter(({ from, end }) => from <= point && point < end).flatMap(({ open }) => open)).toEqual(
            expected,
          );
        }
      }),
    );
  });
});
