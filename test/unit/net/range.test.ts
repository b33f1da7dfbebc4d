import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareRange,
  formatRange,
  parseRange,
  rangeContains,
  rangeContainsRange,
  rangeSize,
  rangesOverlap,
} from '../../../src/net/range.ts';
import { anyRange, crowdedIps, crowdedRange } from '../../support/net-arbitraries.ts';
import { scanContains } from '../../support/net-oracle.ts';

describe('parseRange', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 1n],
    ['192.0.2.0/24', '192.0.2.0/24', 256n],
    ['192.0.2.100-192.0.2.149', '192.0.2.100-192.0.2.149', 50n],
    ['192.0.2.100 -\t192.0.2.149', '192.0.2.100-192.0.2.149', 50n],
    ['192.0.2.0-192.0.2.255', '192.0.2.0/24', 256n],
    ['2001:db8::100/120', '2001:db8::100/120', 256n],
    ['2001:db8::1-2001:DB8::3', '2001:db8::1-2001:db8::3', 3n],
    ['0.0.0.0-255.255.255.255', '0.0.0.0/0', 2n ** 32n],
    ['::/0', '::/0', 2n ** 128n],
  ])('%s', (text, canonical, size) => {
    const range = parseRange(text);
    expect(range && formatRange(range)).toBe(canonical);
    expect(range && rangeSize(range)).toBe(size);
  });

  it.each([
    ...['', '-', '192.0.2.1-', '-192.0.2.1', '192.0.2.9-192.0.2.1', '192.0.2.1-::1', '192.0.2.1-192.0.2.2-192.0.2.3'],
    ...['192.0.2.1-9', '192.0.2.0/24-192.0.3.0/24', '192.0.2.1/24', ' 192.0.2.1', 'pool', '192.0.2.1,192.0.2.2'],
  ])('refuses %j', (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  it('is undone by formatRange', () => {
    fc.assert(
      fc.property(fc.oneof(anyRange, crowdedRange), (range) => {
        expect(parseRange(formatRange(range))).toEqual(range);
      }),
    );
  });
});

describe('relations of ranges', () => {
  const ips = crowdedIps();

  it('agree with a look at every address', () => {
    fc.assert(
      fc.property(crowdedRange, crowdedRange, (a, b) => {
        const inA = ips.filter((ip) => scanContains([a], ip));
        const inB = ips.filter((ip) => scanContains([b], ip));
        expect(ips.filter((ip) => rangeContains(a, ip))).toEqual(inA);
        expect(rangeSize(a)).toBe(BigInt(inA.length));
        expect(rangesOverlap(a, b)).toBe(inA.some((ip) => inB.includes(ip)));
        expect(rangeContainsRange(a, b)).toBe(inB.every((ip) => inA.includes(ip)));
      }),
    );
  });

  it('compareRange is an order: family, from, to', () => {
    fc.assert(
      fc.property(fc.array(crowdedRange), (ranges) => {
        const key = (r: (typeof ranges)[number]) =>
          [r.family, r.from, r.to].map((n) => n.toString(16).padStart(33, '0')).join();
        expect(ranges.toSorted(compareRange).map(key)).toEqual(ranges.map(key).sort());
      }),
    );
  });
});
