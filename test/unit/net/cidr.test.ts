import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkCidr,
  cidrContains,
  cidrContainsCidr,
  cidrOf,
  cidrRange,
  cidrsFromRange,
  compareCidr,
  formatCidr,
  parseCidr,
} from '../../../src/net/cidr.ts';
import { familyMax } from '../../../src/net/ip.ts';
import { anyCidr, anyIp, anyRange, crowdedIps, crowdedRange } from '../../support/net-arbitraries.ts';
import { bitText, bitTextContains, minimalCover } from '../../support/net-oracle.ts';

describe('parseCidr', () => {
  it.each(['0.0.0.0/0', '10.0.0.0/8', '192.0.2.1/32', '::/0', '2001:db8::/32', '::1/128', '::ffff:0.0.0.0/96'])(
    'reads %s',
    (text) => {
      const cidr = parseCidr(text);
      expect(cidr && formatCidr(cidr)).toBe(text);
    },
  );

  it.each([
    ...['10.0.0.0', '10.0.0.0/', '/8', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/+8', '10.0.0.0/-1', '10.0.0.0/8/8'],
    ...[
      '10.0.0.0/8 ',
      '10.0.0/8',
      '::/129',
      '::/1000',
      '::/1e1',
      '010.0.0.0/8',
      '::1%lo/128',
      '10.0.0.0/255.0.0.0',
      '',
    ],
  ])('refuses %s as malformed', (text) => {
    expect(checkCidr(text)).toEqual({ ok: false, reason: 'malformed' });
    expect(parseCidr(text)).toBeUndefined();
  });

  it('tells host bits, and what was probably meant', () => {
    const check = checkCidr('10.1.2.3/8');
    expect(check).toMatchObject({ ok: false, reason: 'host-bits' });
    expect(!check.ok && check.reason === 'host-bits' && formatCidr(check.masked)).toBe('10.0.0.0/8');
    expect(parseCidr('10.1.2.3/8')).toBeUndefined();
  });

  it('is undone by formatCidr', () => {
    fc.assert(
      fc.property(anyCidr, (cidr) => {
        expect(parseCidr(formatCidr(cidr))).toEqual(cidr);
      }),
    );
  });
});

describe('containment', () => {
  it('of an address agrees with a comparison of bit strings', () => {
    const near = anyCidr.chain((cidr) => fc.tuple(fc.constant(cidr), fc.oneof(anyIp, nearIp(cidr))));
    fc.assert(
      fc.property(near, ([cidr, ip]) => {
        expect(cidrContains(cidr, ip)).toBe(bitTextContains(cidr, ip));
      }),
    );
  });

  it('of a prefix is containment of its first and last address', () => {
    const pair = anyCidr.chain((outer) => fc.tuple(fc.constant(outer), fc.oneof(anyCidr, nearCidr(outer))));
    fc.assert(
      fc.property(pair, ([outer, inner]) => {
        const { family, from, to } = cidrRange(inner);
        const both = [from, to].every((value) => bitTextContains(outer, { family, value }));
        expect(cidrContainsCidr(outer, inner)).toBe(both);
      }),
    );
  });

  it('never crosses families', () => {
    expect(cidrContains({ family: 4, base: 0n, prefix: 0 }, { family: 6, value: 0n })).toBe(false);
    expect(cidrContainsCidr({ family: 4, base: 0n, prefix: 0 }, { family: 6, base: 0n, prefix: 1 })).toBe(false);
  });
});

describe('compareCidr', () => {
  it('orders as family, then bits, then prefix', () => {
    const key = (c: ReturnType<typeof cidrOf>) =>
      `${c.family}${bitText({ family: c.family, value: c.base })}${String(c.prefix).padStart(3, '0')}`;
    fc.assert(
      fc.property(fc.array(anyCidr), (cidrs) => {
        expect(cidrs.toSorted(compareCidr).map(key)).toEqual(cidrs.map(key).sort());
      }),
    );
  });
});

describe('cidrsFromRange', () => {
  it('covers exactly: the prefixes are ascending, touch, and end where the range ends', () => {
    fc.assert(
      fc.property(anyRange, (range) => {
        let next = range.from;
        for (const cidr of cidrsFromRange(range)) {
          const part = cidrRange(cidr);
          expect(part.from).toBe(next);
          expect(cidrOf({ family: cidr.family, value: cidr.base }, cidr.prefix)).toEqual(cidr);
          next = part.to + 1n;
        }
        expect(next).toBe(range.to + 1n);
      }),
    );
  });

  it('is minimal', () => {
    fc.assert(
      fc.property(anyRange, (range) => {
        expect(cidrsFromRange(range)).toHaveLength(minimalCover(range));
      }),
    );
    fc.assert(
      fc.property(crowdedRange, (range) => {
        expect(cidrsFromRange(range)).toHaveLength(minimalCover(range));
      }),
    );
  });

  it('gives one prefix back for one prefix, the whole family too', () => {
    fc.assert(
      fc.property(anyCidr, (cidr) => {
        expect(cidrsFromRange(cidrRange(cidr))).toEqual([cidr]);
      }),
    );
    expect(cidrsFromRange({ family: 4, from: 0n, to: familyMax(4) })).toEqual([{ family: 4, base: 0n, prefix: 0 }]);
  });

  it('holds the same addresses as the range, one by one', () => {
    const ips = crowdedIps();
    fc.assert(
      fc.property(crowdedRange, (range) => {
        const cidrs = cidrsFromRange(range);
        for (const ip of ips) {
          const inside = ip.family === range.family && ip.value >= range.from && ip.value <= range.to;
          expect(cidrs.some((cidr) => bitTextContains(cidr, ip))).toBe(inside);
        }
      }),
      { numRuns: 30 },
    );
  });
});

/** Addresses just inside and just outside of a prefix. */
function nearIp(cidr: ReturnType<typeof cidrOf>) {
  const { from, to } = cidrRange(cidr);
  const values = [from - 1n, from, to, to + 1n].filter((value) => value >= 0n && value <= familyMax(cidr.family));
  return fc.constantFrom(...values.map((value) => ({ family: cidr.family, value })));
}

function nearCidr(cidr: ReturnType<typeof cidrOf>) {
  return fc.tuple(nearIp(cidr), fc.constantFrom(-1, 0, 1)).map(([ip, step]) => {
    const limit = cidr.family === 4 ? 32 : 128;
    return cidrOf(ip, Math.min(limit, Math.max(0, cidr.prefix + step)));
  });
}
