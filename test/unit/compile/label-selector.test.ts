import { expect, test } from 'vitest';
import type { LabelSelector } from '../../../src/api/meta.ts';
import { matchesSelector } from '../../../src/compile/label-selector.ts';

const labels = { app: 'payments', tier: 'back' };

const cases: readonly [name: string, selector: LabelSelector | undefined, expected: boolean][] = [
  ['absent', undefined, true],
  ['empty', {}, true],
  ['label equal', { matchLabels: { app: 'payments' } }, true],
  ['label differs', { matchLabels: { app: 'shop' } }, false],
  ['one of two labels missing', { matchLabels: { app: 'payments', zone: 'a' } }, false],
  ['In, member', { matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }] }, true],
  ['In, absent key', { matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }, false],
  ['NotIn, absent key', { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['a'] }] }, true],
  ['NotIn, member', { matchExpressions: [{ key: 'tier', operator: 'NotIn', values: ['back'] }] }, false],
  ['Exists', { matchExpressions: [{ key: 'tier', operator: 'Exists' }] }, true],
  ['Exists, absent', { matchExpressions: [{ key: 'zone', operator: 'Exists' }] }, false],
  ['DoesNotExist', { matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] }, true],
  ['DoesNotExist, present', { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, false],
  ['a name of Object.prototype is no label', { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, false],
  [
    'labels and expressions are ANDed',
    { matchLabels: { app: 'payments' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
    false,
  ],
];

test.each(cases)('%s', (_name, selector, expected) => {
  expect(matchesSelector(selector, labels)).toBe(expected);
});

test('an operator that the API does not know matches nothing', () => {
  const selector = { matchExpressions: [{ key: 'app', operator: 'Gt', values: ['1'] }] } as unknown as LabelSelector;
  expect(matchesSelector(selector, labels)).toBe(false);
});
