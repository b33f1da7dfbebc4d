import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutDestination, renderDestination } from '../../../src/migrate/destinations.ts';
import { type Cidr, cidrContainsCidr, cidrOf, formatCidr, parseCidr } from '../../../src/net/cidr.ts';
import { bitTextContains } from '../../support/net-oracle.ts';

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const cut = (text: string, excluded: readonly string[]) =>
  cutDestination(cidr(text), excluded.map(cidr)).map(renderDestination);

describe('cutDestination', () => {
  test('leaves a destination without exceptions as it is', () => {
    expect(cut('203.0.113.0/24', [])).toEqual([{ cidr: '203.0.113.0/24' }]);
  });

  test('has exceptions inside only, and neighbours as one', () => {
    expect(cut('10.0.0.0/8', ['10.1.0.0/16', '192.168.0.0/16', '10.2.0.0/16', '10.3.0.0/16'])).toEqual([
      { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.0/15'] },
    ]);
  });

  test('is nothing when all is excluded, by one or by several together', () => {
    expect(cut('10.0.0.0/8', ['10.0.0.0/8'])).toEqual([]);
    expect(cut('10.0.0.0/8', ['0.0.0.0/0'])).toEqual([]);
    expect(cut('10.0.0.0/8', ['10.0.0.0/9', '10.128.0.0/9'])).toEqual([]);
  });

  test('takes eight exceptions, and a ninth into a destination around those that are near each other', () => {
    const far = ['10', '20', '30', '40', '50', '60', '70'].map((first) => `${first}.0.0.0/8`);
    expect(cut('0.0.0.0/0', [...far, '203.0.113.0/25'])).toHaveLength(1);
    expect(cut('0.0.0.0/0', [...far, '203.0.113.0/26', '203.0.113.128/26'])).toEqual([
      { cidr: '0.0.0.0/0', except: [...far, '203.0.113.0/24'] },
      { cidr: '203.0.113.0/24', except: ['203.0.113.0/26', '203.0.113.128/26'] },
    ]);
  });

  test.each([
    [64, 9],
    [512, 73],
  ])('makes of %i exceptions %i destinations', (exceptions, wanted) => {
    const odd = Array.from({ length: exceptions }, (_, index) => `10.${index >> 7}.${(index & 127) * 2}.0/24`);
    expect(cut('10.0.0.0/8', odd)).toHaveLength(wanted);
  });
});

// All in a small corner, so that they nest, touch and cover each other often.
const corner = fc
  .record({ family: fc.constantFrom(4 as const, 6 as const), value: fc.nat(63), prefix: fc.nat(6) })
  .map(({ family, value, prefix }) => cidrOf({ family, value: BigInt(value) }, (family === 4 ? 26 : 122) + prefix));
const outer = fc.constantFrom('0.0.0.0/26', '0.0.0.0/27', '0.0.0.32/29', '::/122', '::/124').map(cidr);

test('cutDestination keeps exactly the set, with exceptions that the API takes', () => {
  fc.assert(
    fc.property(outer, fc.array(corner, { maxLength: 24 }), (whole, excluded) => {
      const pieces = cutDestination(whole, excluded);
      for (const piece of pieces) {
        expect(piece.except.length).toBeLessThanOrEqual(8);
        expect(piece.except.every((hole) => cidrContainsCidr(piece.cidr, hole))).toBe(true);
        expect(piece.except.some((hole) => formatCidr(hole) === formatCidr(piece.cidr))).toBe(false);
      }
      for (let value = 0n; value < 64n; value += 1n) {
        const ip = { family: whole.family, value };
        const wanted = bitTextContains(whole, ip) && !excluded.some((hole) => bitTextContains(hole, ip));
        const got = pieces.filter((piece) => {
          return bitTextContains(piece.cidr, ip) && !piece.except.some((hole) => bitTextContains(hole, ip));
        });
        // In one destination at most: a second would count with another prefix length.
        expect(got.length).toBe(wanted ? 1 : 0);
      }
    }),
    { numRuns: 300 },
  );
});
