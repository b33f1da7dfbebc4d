import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createPlaces } from '../../../src/telemetry/places.ts';

test('the first have places and keep them; who leaves makes room', () => {
  const places = createPlaces(2);
  expect(places.keep(['b', 'c', 'd'])).toEqual([]);
  expect(['b', 'c', 'd'].map(places.has)).toEqual([true, true, false]);
  expect(places.keep(['a', 'c', 'd', 'b'])).toEqual([]);
  expect(['a', 'b'].map(places.has)).toEqual([false, true]);
  expect(places.keep(['a', 'c', 'd'])).toEqual(['b']);
  expect(['a', 'c', 'd'].map(places.has)).toEqual([true, true, false]);
});

test('never more than there are, and nobody who is wanted loses one', () => {
  const wanted = fc.array(fc.integer({ min: 0, max: 20 }).map(String));
  fc.assert(
    fc.property(fc.nat({ max: 6 }), fc.array(wanted), (most, rounds) => {
      const places = createPlaces(most);
      let before: readonly string[] = [];
      for (const round of rounds) {
        const gone = places.keep(round);
        const now = [...new Set(round)].filter(places.has);
        expect(now.length).toBe(Math.min(most, new Set(round).size));
        expect(new Set(gone)).toEqual(new Set(before.filter((key) => !round.includes(key))));
        expect(now).toEqual(expect.arrayContaining(before.filter((key) => round.includes(key))));
        before = now;
      }
    }),
  );
});
