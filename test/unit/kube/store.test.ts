import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSortedKeys } from '../../../src/kube/sorted-keys.ts';
import { createStore, type StoreOptions } from '../../../src/kube/store.ts';

interface Item {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
  readonly zones: readonly string[];
}
const item = (resourceVersion: number, ...zones: string[]): Item => ({
  metadata: { uid: 'u', resourceVersion: `${resourceVersion}` },
  zones,
});
const indexes = { zone: (value: Item) => value.zones };

function createRecorded(options: StoreOptions<Item> = {}) {
  const changes: string[] = [];
  const store = createStore<Item>({
    indexes,
    onChange: (key, previous, next) =>
      changes.push(`${key} ${previous?.metadata.resourceVersion ?? '-'}→${next?.metadata.resourceVersion ?? '-'}`),
    ...options,
  });
  return { store, changes };
}

test('tells of real changes only', () => {
  const { store, changes } = createRecorded();
  store.upsert('a', item(1));
  store.upsert('a', item(1));
  store.upsert('a', item(2));
  store.remove('b');
  store.remove('a');
  store.remove('a');
  expect(changes).toEqual(['a -→1', 'a 1→2', 'a 2→-']);
});

test('a replacement of the same version by another object is a change', () => {
  const { store, changes } = createRecorded();
  store.upsert('a', item(1));
  store.upsert('a', { ...item(1), metadata: { uid: 'other', resourceVersion: '1' } });
  expect(changes).toHaveLength(2);
});

test('items without a version always count as changed', () => {
  const told: string[] = [];
  const store = createStore<{ readonly value: number }>({ onChange: (key) => told.push(key) });
  store.upsert('a', { value: 1 });
  store.upsert('a', { value: 1 });
  expect(told).toEqual(['a', 'a']);
});

test('replace deletes what is missing, and a handler sees the whole of the new contents', () => {
  const sizes: number[] = [];
  const store = createStore<Item>({ onChange: () => sizes.push(store.size) });
  store.replace(
    new Map([
      ['a', item(1)],
      ['b', item(1)],
    ]),
  );
  store.replace(
    new Map([
      ['b', item(1)],
      ['c', item(1)],
      ['d', item(1)],
    ]),
  );
  expect(sizes).toEqual([2, 2, 3, 3, 3]);
  expect(store.get('a')).toBeUndefined();
});

test('the same array until something changes, and never a changed one', () => {
  const { store } = createRecorded();
  store.replace(
    new Map([
      ['b', item(1, 'x')],
      ['a', item(1, 'x', 'y')],
    ]),
  );
  const [list, inX, inY] = [store.list(), store.byIndex('zone', 'x'), store.byIndex('zone', 'y')];
  expect(list.map((entry) => entry.zones.length)).toEqual([2, 1]); // by key
  store.upsert('b', item(1, 'x'));
  expect([store.list() === list, store.byIndex('zone', 'x') === inX]).toEqual([true, true]);
  store.upsert('b', item(2, 'z'));
  expect([store.list() === list, store.byIndex('zone', 'x') === inX, store.byIndex('zone', 'y') === inY]).toEqual([
    false,
    false,
    true,
  ]);
  expect([list.length, inX.length, store.byIndex('zone', 'x').length]).toEqual([2, 2, 1]);
  expect(store.byIndex('zone', 'none')).toEqual([]);
  expect(() => store.byIndex('no', 'x')).toThrow('no index "no"');
});

test('a throwing handler undoes its key and no other, so that the next delivery is a change again', () => {
  let broken = true;
  const told: string[] = [];
  const store = createStore<Item>({
    indexes,
    onChange: (key) => {
      if (broken && key === 'b') throw new Error('not now');
      told.push(key);
    },
  });
  const contents = new Map([
    ['a', item(1, 'x')],
    ['b', item(1, 'x')],
    ['c', item(1, 'x')],
  ]);
  expect(() => store.replace(contents)).toThrow('not now');
  expect([told, store.size, store.byIndex('zone', 'x').length]).toEqual([['a', 'c'], 2, 2]);
  broken = false;
  store.replace(contents);
  expect([told, store.size]).toEqual([['a', 'c', 'b'], 3]);
  broken = true;
  expect(() => store.remove('b')).toThrow('not now');
  expect(store.get('b')).toEqual(item(1, 'x'));
});

test('synced once, waiters wake, an abort ends a wait', async () => {
  const { store } = createRecorded();
  const abort = new AbortController();
  const aborted = store.waitSynced(abort.signal);
  const waiting = store.waitSynced(new AbortController().signal);
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  expect(store.isSynced).toBe(false);
  store.synced();
  await waiting;
  await store.waitSynced(new AbortController().signal);
  expect(store.isSynced).toBe(true);
});

test('any history gives what a plain Map gives, in lists and indexes', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'd/e', 'd');
  const zones = fc.uniqueArray(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 });
  const step = fc.oneof(
    fc.record({ kind: fc.constant('upsert' as const), key, zones }),
    fc.record({ kind: fc.constant('remove' as const), key }),
    fc.record({ kind: fc.constant('replace' as const), items: fc.dictionary(key, zones) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { store } = createRecorded();
      let model = new Map<string, Item>();
      let version = 0;
      for (const action of steps) {
        version++;
        if (action.kind === 'remove') model.delete(action.key);
        if (action.kind === 'upsert') model.set(action.key, item(version, ...action.zones));
        if (action.kind === 'replace')
          model = new Map(Object.entries(action.items).map(([name, values]) => [name, item(version, ...values)]));
        if (action.kind === 'remove') store.remove(action.key);
        if (action.kind === 'upsert') store.upsert(action.key, item(version, ...action.zones));
        if (action.kind === 'replace') store.replace(model);
        const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
        expect(store.list()).toEqual(sorted);
        for (const zone of ['x', 'y', 'z'])
          expect(store.byIndex('zone', zone)).toEqual(sorted.filter((value) => value.zones.includes(zone)));
      }
    }),
  );
});

test('sorted keys: few changes or many, the order is that of sort()', () => {
  const keys = createSortedKeys();
  const model = new Set<string>();
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < (round % 2 === 0 ? 200 : 5); i++) {
      const key = `k${(round * 7919 + i * 104729) % 1000}`;
      if (i % 3 === 2) keys.delete(key);
      else keys.add(key);
      if (i % 3 === 2) model.delete(key);
      else model.add(key);
    }
    expect(keys.all()).toEqual([...model].sort());
  }
});
