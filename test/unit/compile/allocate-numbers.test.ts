import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allocateNumbers, type NumberEntry, type NumberWish } from '../../../src/compile/allocate-numbers.ts';

const releasedAt = '2026-01-02T03:04:05Z';
const before = '2026-01-02T03:00:00Z';
const rules = { releasedAt, isResting: () => true };

const wish = (holder: string, more: Partial<NumberWish> = {}): NumberWish => ({ holder, from: 1, to: 3, ...more });

interface Case {
  readonly name: string;
  readonly existing?: readonly NumberEntry[];
  readonly wishes: readonly NumberWish[];
  readonly entries: readonly string[];
  readonly confirmed?: readonly string[];
  readonly exhausted?: readonly string[];
}

const cases: readonly Case[] = [
  { name: 'the lowest free number, in the order of wishes', wishes: [wish('b'), wish('a')], entries: ['1 b', '2 a'] },
  { name: 'what an existing object carries', wishes: [wish('a', { prefer: 3 }), wish('b')], entries: ['1 b', '3 a'] },
  {
    name: 'a preferred number that is taken counts for nothing',
    existing: [{ number: 2, holder: 'a' }],
    wishes: [wish('a'), wish('b', { prefer: 2 })],
    entries: ['1 b', '2 a'],
    confirmed: ['a=2'],
  },
  {
    name: 'a holder keeps its number',
    existing: [{ number: 2, holder: 'a' }],
    wishes: [wish('b'), wish('a')],
    entries: ['1 b', '2 a'],
    confirmed: ['a=2'],
  },
  {
    name: 'what nobody wishes for is released and rests',
    existing: [
      { number: 1, holder: 'gone' },
      { number: 2, holder: 'resting', releasedAt: before },
    ],
    wishes: [wish('a')],
    entries: [`1 gone ${releasedAt}`, `2 resting ${before}`, '3 a'],
  },
  {
    name: 'a holder gets its resting number back, unconfirmed until written',
    existing: [{ number: 2, holder: 'a', releasedAt: before }],
    wishes: [wish('a')],
    entries: ['2 a'],
  },
  {
    name: 'a number outside the wished range is released',
    existing: [{ number: 9, holder: 'a' }],
    wishes: [wish('a')],
    entries: ['1 a', `9 a ${releasedAt}`],
  },
  {
    name: 'nothing left',
    existing: [{ number: 1, holder: 'x', releasedAt: before }],
    wishes: [wish('a'), wish('b'), wish('c')],
    entries: [`1 x ${before}`, '2 a', '3 b'],
    exhausted: ['c'],
  },
];

test.each(cases)('$name', ({ existing = [], wishes, entries, confirmed = [], exhausted = [] }) => {
  const result = allocateNumbers(existing, wishes, rules);
  expect(result.entries.map((entry) => [entry.number, entry.holder, entry.releasedAt ?? ''].join(' ').trim())).toEqual(
    entries,
  );
  expect([...result.confirmed].map(([holder, number]) => `${holder}=${number}`)).toEqual(confirmed);
  expect(result.exhausted).toEqual(exhausted);
});

test('what has rested enough goes', () => {
  const existing = [{ number: 1, holder: 'x', releasedAt: before }];
  expect(allocateNumbers(existing, [wish('a')], { releasedAt, isResting: () => false }).entries).toEqual([
    { number: 1, holder: 'a' },
  ]);
});

test('never one number for two, never two for one, whatever the status held', () => {
  const entry = fc.record(
    { number: fc.integer({ min: 1, max: 6 }), holder: fc.constantFrom('a', 'b', 'c'), releasedAt: fc.constant(before) },
    { requiredKeys: ['number', 'holder'] },
  );
  const wishes = fc.uniqueArray(
    fc.record({ holder: fc.constantFrom('a', 'b', 'c', 'd'), prefer: fc.integer({ min: 1, max: 6 }) }),
    {
      selector: ({ holder }) => holder,
    },
  );
  fc.assert(
    fc.property(fc.array(entry), wishes, (existing, wanted) => {
      const { entries, exhausted } = allocateNumbers(
        existing,
        wanted.map((one) => wish(one.holder, { prefer: one.prefer })),
        rules,
      );
      const live = entries.filter((one) => one.releasedAt === undefined);
      expect(new Set(entries.map(({ number }) => number)).size).toBe(entries.length);
      expect(
        live
          .map(({ holder }) => holder)
          .concat(exhausted)
          .sort(),
      ).toEqual(wanted.map(({ holder }) => holder).sort());
    }),
  );
});
