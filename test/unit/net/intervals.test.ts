import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disjoint, mergeAdjacent } from '../../../src/net/intervals.ts';
import { compareIp } from '../../../src/net/ip.ts';
import { formatRange, parseRange, rangeContains } from '../../../src/net/range.ts';
import { anyIp, anyRange, crowdedIps, crowdedRange } from '../../support/net-arbitraries.ts';

const layers = (...entries: [string, string][]) =>
  entries.flatMap(([text, value]) => {
    const range = parseRange(text);
    return range === undefined ? [] : [{ range, value }];
  });
const shown = (intervals: ReturnType<typeof disjoint<string>>) =>
  intervals.map(({ range, values }) => `${formatRange(range)} ${values.join('')}`);

describe('disjoint', () => {
  it('cuts a prefix around a longer one', () => {
    expect(shown(disjoint(layers(['10.0.0.0/8', 'a'], ['10.1.0.0/16', 'b'])))).toEqual([
      '10.0.0.0/16 a',
      '10.1.0.0/16 ab',
      '10.2.0.0-10.255.255.255 a',
    ]);
  });

  it('keeps the order of the layers, whichever begins first', () => {
    expect(shown(disjoint(layers(['10.1.0.0/16', 'b'], ['10.0.0.0/15', 'a'])))).toEqual([
      '10.0.0.0/16 a',
      '10.1.0.0/16 ba',
    ]);
  });

  it('joins neighbours with the same values, and says a value once', () => {
    expect(shown(disjoint(layers(['10.0.0.0/9', 'a'], ['10.128.0.0/9', 'a'], ['10.0.0.0/10', 'a'])))).toEqual([
      '10.0.0.0/8 a',
    ]);
  });

  it('reaches the ends of both families and keeps them apart', () => {
    const all = layers(['0.0.0.0/0', 'a'], ['::/0', 'a'], ['255.255.255.255', 'b'], ['::', 'c']);
    expect(shown(disjoint(all))).toEqual([
      '0.0.0.0-255.255.255.254 a',
      '255.255.255.255 ab',
      ':: ac',
      `::1-${'ffff:'.repeat(7)}ffff a`,
    ]);
  });

  it('of nothing is nothing', () => {
    expect(disjoint([])).toEqual([]);
  });

  const crowd = fc.array(fc.record({ range: crowdedRange, value: fc.constantFrom('a', 'b', 'c', 'd') }), {
    maxLength: 12,
  });
  const wide = fc.array(fc.record({ range: anyRange, value: fc.nat() }), { maxLength: 40 });

  it('agrees with a scan of the layers at every address', () => {
    const ips = crowdedIps();
    fc.assert(
      fc.property(crowd, (entries) => {
        const intervals = disjoint(entries);
        for (const ip of ips) {
          const expected = new Set(entries.filter(({ range }) => rangeContains(range, ip)).map(({ value }) => value));
          const found = intervals.filter(({ range }) => rangeContains(range, ip));
          expect(found.length).toBe(expected.size === 0 ? 0 : 1);
          expect(found.flatMap(({ values }) => values)).toEqual([...expected]);
        }
      }),
    );
  });

  it('agrees with a scan at random addresses and at every edge of wide layers', () => {
    fc.assert(
      fc.property(wide, fc.array(anyIp), (entries, random) => {
        const intervals = disjoint(entries);
        const edges = entries.flatMap(({ range: { family, from, to } }) =>
          [from, to].map((value) => ({ family, value })),
        );
        for (const ip of [...random, ...edges]) {
          const expected = new Set(entries.filter(({ range }) => rangeContains(range, ip)).map(({ value }) => value));
          expect(intervals.filter(({ range }) => rangeContains(range, ip)).flatMap(({ values }) => values)).toEqual([
            ...expected,
          ]);
        }
      }),
    );
  });

  it('is sorted, disjoint and as coarse as can be', () => {
    fc.assert(
      fc.property(crowd, (entries) => {
        const intervals = disjoint(entries);
        for (const [i, next] of intervals.entries()) {
          const last = intervals[i - 1];
          if (last === undefined) continue;
          const [end, start] = [last, next].map(({ range }, n) => ({
            family: range.family,
            value: n === 0 ? range.to : range.from,
          }));
          expect(end && start && compareIp(end, start)).toBeLessThan(0);
          const touching = last.range.family === next.range.family && last.range.to + 1n === next.range.from;
          expect(touching && last.values.join() === next.values.join()).toBe(false);
        }
      }),
    );
  });

  it('takes many layers in a moment', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      range: { family: 4 as const, from: BigInt(i * 300), to: BigInt(i * 300 + 255) },
      value: i,
    }));
    const start = performance.now();
    const all = disjoint([...many, { range: { family: 4, from: 0n, to: 0xffff_ffffn }, value: -1 }]);
    expect(all).toHaveLength(40_000);
    expect(performance.now() - start).toBeLessThan(1500);
  });
});

describe('mergeAdjacent', () => {
  it('joins what touches and is called equal, and nothing else', () => {
    const input = layers(['10.0.0.0/9', 'x'], ['10.128.0.0/9', 'X'], ['11.0.0.0/8', 'y'], ['13.0.0.0/8', 'y']);
    const joined = mergeAdjacent(input, (a, b) => a.value.toLowerCase() === b.value.toLowerCase());
    expect(joined.map(({ range, value }) => `${formatRange(range)} ${value}`)).toEqual([
      '10.0.0.0/8 x',
      '11.0.0.0/8 y',
      '13.0.0.0/8 y',
    ]);
  });

  it('does not join across families', () => {
    const input = layers(['0.0.0.0/0', 'x'], ['::/0', 'x']);
    expect(mergeAdjacent(input, () => true)).toEqual(input);
  });
});
