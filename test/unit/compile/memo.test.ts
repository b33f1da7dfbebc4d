import { expect, test } from 'vitest';
import { createListPool, createMemo, memoByItems, memoByObject } from '../../../src/compile/memo.ts';

test('computes once per object', () => {
  let computed = 0;
  const size = memoByObject((list: readonly number[]) => {
    computed += 1;
    return list.length;
  });
  const list = [1, 2];
  expect([size(list), size(list), size([1, 2]), computed]).toEqual([2, 2, 2, 2]);
});

test('computes again when an input is another, and only then', () => {
  const memo = createMemo<object, number>();
  const key = {};
  let computed = 0;
  const ask = (...inputs: readonly unknown[]) => memo(key, inputs, () => ++computed);
  const object = {};
  expect([ask(object, Number.NaN), ask(object, Number.NaN)]).toEqual([1, 1]);
  expect(ask({}, Number.NaN)).toBe(2);
  expect(ask(object)).toBe(3);
  expect(ask(object, undefined)).toBe(4);
});

test('remembers a value that is undefined', () => {
  const memo = createMemo<object, undefined>();
  const key = {};
  let computed = 0;
  const ask = () =>
    memo(key, [], () => {
      computed += 1;
      return undefined;
    });
  expect([ask(), ask(), computed]).toEqual([undefined, undefined, 1]);
});

test('knows a list by its items and their order', () => {
  const [a, b] = [{ n: 1 }, { n: 2 }];
  let computed = 0;
  const sum = memoByItems((items: readonly { readonly n: number }[]) => {
    computed += 1;
    return items.reduce((total, { n }) => total + n, 0);
  });
  expect([sum([a, b]), sum([a, b]), computed]).toEqual([3, 3, 1]);
  expect([sum([a]), sum([b, a]), sum([]), computed]).toEqual([1, 3, 0, 4]);
});

test('gives equal lists one identity', () => {
  const [a, b] = [{}, {}];
  const pool = createListPool<object>();
  const list = pool([a, b]);
  expect(pool([a, b])).toBe(list);
  expect(pool([b, a])).not.toBe(list);
});
