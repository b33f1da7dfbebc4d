import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatPath, parsePath } from '../../../src/manifests/path.ts';

test.each([
  [['spec', 'rules', 0, 'matches'], 'spec.rules[0].matches'],
  [['metadata', 'annotations', 'kube-vip.io/egress'], 'metadata.annotations["kube-vip.io/egress"]'],
  [[], ''],
])('%j is %s', (path, text) => {
  expect(formatPath(path)).toBe(text);
  expect(parsePath(text)).toEqual(path);
});

test('every path comes back', () => {
  const step = fc.oneof(fc.string({ minLength: 1 }), fc.nat({ max: 99 }));
  fc.assert(
    fc.property(fc.array(step), (path) => {
      expect(parsePath(formatPath(path))).toEqual(path);
    }),
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '.', '[', ']', '"', '\\', '1') }),
      (text) => void parsePath(text),
    ),
  );
});
