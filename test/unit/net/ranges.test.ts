import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { familyMax, formatIp, type Ip } from '../../../src/net/ip.ts';
import { formatRange, parseRange, type Range } from '../../../src/net/range.ts';
import {
  addresses,
  complement,
  contains,
  intersect,
  normalise,
  subtract,
  totalSize,
  union,
} from '../../../src/net/ranges.ts';
import { crowdedIps, crowdedRange } from '../../support/net-arbitraries.ts';
import { scanContains } from '../../support/net-oracle.ts';

const ips = crowdedIps();
const crowd = fc.array(crowdedRange, { maxLength: 12 });
const set = (...texts: string[]): Range[] => texts.flatMap((text) => parseRange(text) ?? []);
const shown = (ranges: readonly Range[]) => ranges.map(formatRange);
const members = (holds: (ip: Ip) => boolean) => ips.filter(holds).map(formatIp);

describe('range sets', () => {
  it('merge what overlaps, nests or touches, family by family', () => {
    const mixed = set('::1', '192.0.2.8/29', '192.0.2.0-192.0.2.7', '192.0.2.3', '192.0.2.17', '::', '255.255.255.255');
    expect(shown(normalise(mixed))).toEqual(['192.0.2.0/28', '192.0.2.17', '255.255.255.255', '::/127']);
  });

  it('do not merge the end of IPv4 with the start of IPv6', () => {
    expect(shown(complement([]))).toEqual(['0.0.0.0/0', '::/0']);
    expect(complement(complement([]))).toEqual([]);
  });

  it('subtract', () => {
    expect(shown(subtract(set('10.0.0.0/8'), set('10.1.0.0/16', '10.255.255.255')))).toEqual([
      '10.0.0.0/16',
      '10.2.0.0-10.255.255.254',
    ]);
    expect(subtract(set('10.0.0.0/8', '::1'), set('0.0.0.0/0', '::/0'))).toEqual([]);
  });

  it('agree with membership, address by address', () => {
    fc.assert(
      fc.property(crowd, crowd, (a, b) => {
        const inA = (ip: Ip) => scanContains(a, ip);
        const inB = (ip: Ip) => scanContains(b, ip);
        const check = (ranges: Range[], holds: (ip: Ip) => boolean) => {
          expect(members((ip) => scanContains(ranges, ip))).toEqual(members(holds));
          expect(members((ip) => contains(ranges, ip))).toEqual(members(holds));
          expect(normalise(ranges)).toEqual(ranges);
        };
        check(normalise(a), inA);
        check(union(a, b), (ip) => inA(ip) || inB(ip));
        check(intersect(a, b), (ip) => inA(ip) && inB(ip));
        check(subtract(a, b), (ip) => inA(ip) && !inB(ip));
        check(complement(a), (ip) => !inA(ip));
      }),
      { numRuns: 60 },
    );
  });

  it('are canonical: the order and the cutting of the input do not matter', () => {
    fc.assert(
      fc.property(crowd, (ranges) => {
        const single = ips
          .filter((ip) => scanContains(ranges, ip))
          .map((ip) => ({ family: ip.family, from: ip.value, to: ip.value }));
        expect(normalise(single.toReversed())).toEqual(normalise(ranges));
      }),
    );
  });

  it('count and list each address once', () => {
    fc.assert(
      fc.property(crowd, (ranges) => {
        const inside = members((ip) => scanContains(ranges, ip));
        expect([...addresses(ranges)].map(formatIp)).toEqual(inside);
        expect(totalSize(ranges)).toBe(BigInt(inside.length));
      }),
    );
  });

  it('count and list what does not fit into memory', () => {
    expect(totalSize(set('::/0', '::1', '0.0.0.0/0'))).toBe(2n ** 128n + 2n ** 32n);
    expect([...addresses(set('2001:db8::/32')).take(2)].map(formatIp)).toEqual(['2001:db8::', '2001:db8::1']);
  });

  it('hold nothing when empty', () => {
    expect(contains([], { family: 6, value: familyMax(6) })).toBe(false);
    expect([totalSize([]), normalise([]), [...addresses([])]]).toEqual([0n, [], []]);
  });
});
