import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LabelSelectorRequirement } from '../../../src/api/meta.ts';
import { matchesSelector } from '../../../src/compile/label-selector.ts';
import { areDisjoint, buildSelector, chunk, requirementsOf, unionOf } from '../../../src/migrate/selectors.ts';
import { readSchema, refusals } from '../../support/schema.ts';

const values = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { minLength: 1 });
const requirement: fc.Arbitrary<LabelSelectorRequirement> = fc
  .record({
    key: fc.constantFrom('a', 'b'),
    operator: fc.constantFrom('In', 'NotIn', 'Exists', 'DoesNotExist'),
    values,
  })
  .map(({ key, operator, values: some }) =>
    operator.endsWith('In') ? { key, operator, values: some } : { key, operator },
  );
const selector = fc.array(requirement, { maxLength: 3 }).map((list) => {
  const built = buildSelector(list);
  if ('problem' in built) throw new Error(built.problem);
  return built;
});
const everyLabels = [undefined, 'x', 'y', 'z', 'w'].flatMap((a) =>
  [undefined, 'x', 'y', 'z', 'w'].map((b) => ({
    ...(a === undefined ? {} : { a }),
    ...(b === undefined ? {} : { b }),
  })),
);

describe('buildSelector', () => {
  test('writes one value as a label, and a second one of the same key beside it', () => {
    expect(
      buildSelector([
        { key: 'a', operator: 'In', values: ['x'] },
        { key: 'a', operator: 'In', values: ['y'] },
      ]),
    ).toEqual({
      matchLabels: { a: 'x' },
      matchExpressions: [{ key: 'a', operator: 'In', values: ['y'] }],
    });
    expect(buildSelector([])).toEqual({});
  });

  test('stays within the schema: more labels and more values than fit go elsewhere, or it says so', () => {
    const schema = readSchema('clusteregressroutes', 'spec').properties?.['rules']?.items?.properties?.['matches']
      ?.items?.properties?.['podSelector'];
    if (schema === undefined) throw new Error('no schema of podSelector');
    const labels = Array.from({ length: 30 }, (_, index) => ({
      key: `k${index}`,
      operator: 'In' as const,
      values: ['v'],
    }));
    const many = Array.from({ length: 130 }, (_, index) => `v${index}`);
    for (const list of [labels, [{ key: 'a', operator: 'NotIn' as const, values: many }]]) {
      const built = buildSelector(list);
      expect(built).not.toHaveProperty('problem');
      expect(refusals(schema, built)).toEqual([]);
    }
    expect(buildSelector([...labels, ...labels])).toHaveProperty('problem');
    expect(buildSelector([{ key: 'a', operator: 'In', values: many }])).toHaveProperty('problem');
    expect(buildSelector([{ key: 'k8s:app', operator: 'Exists' }])).toHaveProperty('problem');
    expect(buildSelector([{ key: 'a', operator: 'In', values: ['no label'] }])).toHaveProperty('problem');
  });

  test('says what the requirements say', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), (list) => {
        const built = buildSelector(list);
        if ('problem' in built) throw new Error(built.problem);
        for (const labels of everyLabels) {
          expect(matchesSelector(built, labels)).toBe(
            list.every((one) => matchesSelector({ matchExpressions: [one] }, labels)),
          );
        }
        expect(requirementsOf(built)).toHaveLength(list.length);
      }),
    );
  });
});

test('areDisjoint is never wrong when it says yes, and sees what one label tells', () => {
  let told = 0;
  fc.assert(
    fc.property(selector, selector, (a, b) => {
      const disjoint = areDisjoint(a, b);
      const both = everyLabels.filter((labels) => matchesSelector(a, labels) && matchesSelector(b, labels));
      if (disjoint) told += 1;
      if (disjoint) expect(both).toEqual([]);
      expect(areDisjoint(b, a)).toBe(disjoint);
    }),
    { numRuns: 400 },
  );
  expect(told).toBeGreaterThan(20);
  expect(areDisjoint({ matchLabels: { a: 'x' } }, { matchLabels: { a: 'y' } })).toBe(true);
  expect(areDisjoint({ matchLabels: { a: 'x' } }, { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] })).toBe(
    true,
  );
  expect(areDisjoint(undefined, { matchLabels: { a: 'y' } })).toBe(false);
});

test('unionOf selects what any of them selects, where one selector can say it', () => {
  let told = 0;
  fc.assert(
    fc.property(fc.array(selector, { minLength: 1, maxLength: 3 }), (list) => {
      const union = unionOf(list);
      if (union === undefined) return;
      told += 1;
      for (const labels of everyLabels)
        expect(matchesSelector(union, labels)).toBe(list.some((one) => matchesSelector(one, labels)));
    }),
    { numRuns: 400 },
  );
  expect(told).toBeGreaterThan(100);
  expect(unionOf([{ matchLabels: { zone: 'a' } }, { matchLabels: { zone: 'b' } }])).toEqual({
    matchExpressions: [{ key: 'zone', operator: 'In', values: ['a', 'b'] }],
  });
  expect(unionOf([{ matchLabels: { zone: 'a' } }, { matchLabels: { role: 'b' } }])).toBeUndefined();
});

test('chunk', () => {
  expect(chunk([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  expect(chunk([], 2)).toEqual([]);
});
