import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digest } from '../../../src/compile/digest.ts';

const oracle = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32);

test('equals the first half of SHA-256 for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(digest(text)).toBe(oracle(text));
    }),
  );
});

test.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000])('block boundary: %d bytes', (length) => {
  const text = 'a'.repeat(length);
  expect(digest(text)).toBe(oracle(text));
});
