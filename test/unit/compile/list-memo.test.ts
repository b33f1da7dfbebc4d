import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createListMemo } from '../../../src/compile/list-memo.ts';
import { finish } from '../../../src/compile/steps.ts';

interface Item {
  readonly n: number;
}

const items: readonly Item[] = Array.from({ length: 6 }, (_, n) => ({ n }));
const list = fc.array(fc.constantFrom(...items), { maxLength: 8 });

test('is a map, whatever the lists before were', () => {
  fc.assert(
    fc.property(fc.array(list, { maxLength: 6 }), (lists) => {
      const memo = createListMemo<object, Item, string>();
      const key = {};
      for (const entry of lists) {
        const results = finish(memo({ from: key, to: key }, entry, { map: ({ n }) => `item ${n}` }));
        expect(results).toEqual(entry.map(({ n }) => `item ${n}`));
      }
    }),
  );
});

test('maps what is new in the middle, and what is stale', () => {
  const memo = createListMemo<object, Item, number>();
  const key = { from: items, to: items };
  const mapped: number[] = [];
  const mapping = {
    map: ({ n }: Item) => {
      mapped.push(n);
      return n;
    },
  };
  finish(memo(key, items, mapping));
  expect(mapped.splice(0)).toEqual([0, 1, 2, 3, 4, 5]);
  const fresh = { n: 7 };
  expect(finish(memo(key, items.toSpliced(2, 1, fresh), mapping))).toEqual([0, 1, 7, 3, 4, 5]);
  expect(mapped.splice(0)).toEqual([7]);
  expect(finish(memo(key, items.toSpliced(2, 1), mapping))).toEqual([0, 1, 3, 4, 5]);
  expect(mapped.splice(0)).toEqual([]);
  finish(memo(key, items.toSpliced(2, 1), { ...mapping, isStale: (_, before) => before === 4 }));
  expect(mapped.splice(0)).toEqual([4]);
});

test('keeps results with the key that they were made for', () => {
  const memo = createListMemo<object, Item, string>();
  const [a, b] = [{}, {}];
  finish(memo({ from: a, to: a }, items, { map: () => 'a' }));
  finish(memo({ from: a, to: b }, items, { map: () => 'b', isStale: () => true }));
  expect(finish(memo({ from: a, to: a }, items, { map: () => 'new' }))[0]).toBe('a');
  expect(finish(memo({ from: b, to: b }, items, { map: () => 'new' }))[0]).toBe('b');
});
