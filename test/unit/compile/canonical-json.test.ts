import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalJson, sameData } from '../../../src/compile/canonical-json.ts';

// Few keys and leaves, so that equal values meet often.
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(undefined, null, true, 0, 1, Number.NaN, '', 'a'),
    fc.array(tie('value'), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('a', 'b', '__proto__', 'constructor'), tie('value'), { maxKeys: 2 }),
  ),
}));

test('values are the same data when their canonical JSON is equal', () => {
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(sameData(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
      expect(sameData(a, structuredClone(a))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

test('what JSON cannot show is the same only as itself', () => {
  const map = new Map([['a', 1]]);
  expect(sameData({ map }, { map })).toBe(true);
  expect(sameData({ map }, { map: new Map([['a', 1]]) })).toBe(false);
  expect(sameData({ big: 1n }, { big: 1n })).toBe(true);
  expect(sameData({ big: 1n }, { big: 2n })).toBe(false);
});
