import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addIp, canonicalIp, compareIp, familyBits, familyMax, formatIp, parseIp } from '../../../src/net/ip.ts';
import { anyIp } from '../../support/net-arbitraries.ts';
import { bitText } from '../../support/net-oracle.ts';

describe('parseIp', () => {
  it.each([
    ['0.0.0.0', 4, 0n],
    ['255.255.255.255', 4, 0xffff_ffffn],
    ['192.0.2.1', 4, 0xc000_0201n],
    ['::', 6, 0n],
    ['::1', 6, 1n],
    ['1::', 6, 1n << 112n],
    ['2001:DB8::a', 6, (0x2001_0db8n << 96n) + 10n],
    ['1:2:3:4:5:6:7:8', 6, 0x0001_0002_0003_0004_0005_0006_0007_0008n],
    ['1:2:3:4:5:6:7::', 6, 0x0001_0002_0003_0004_0005_0006_0007_0000n],
    ['::2:3:4:5:6:7:8', 6, 0x0002_0003_0004_0005_0006_0007_0008n],
    ['::ffff:192.0.2.1', 6, 0xffff_c000_0201n],
    ['64:ff9b::192.0.2.33', 6, (0x64_ff9bn << 96n) + 0xc000_0221n],
    ['1:2:3:4:5:6:1.2.3.4', 6, 0x0001_0002_0003_0004_0005_0006_0102_0304n],
  ] as const)('%s', (text, family, value) => {
    expect(parseIp(text)).toEqual({ family, value });
  });

  it.each([
    ...['', '.', ':', '1', '1.2.3', '1.2.3.4.5', '1.2.3.', '.1.2.3', '1..2.3', '256.1.1.1', '1.1.1.999', '010.1.1.1'],
    ...[
      '00.0.0.0',
      '1.2.3.4 ',
      ' 1.2.3.4',
      '+1.2.3.4',
      '-1.2.3.4',
      '0x7f.0.0.1',
      '1e1.1.1.1',
      '１.2.3.4',
      '1.2.3.4/32',
    ],
    ...[':::', '1:::2', '::1::', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8'],
    ...['1:2:3:4::5:6:7:8', ':1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:', '12345::', 'g::', '::1%eth0', '[::1]', '::1.2.3'],
    ...['::01.2.3.4', '1.2.3.4::', '::1.2.3.4:5', '1:2:3:4:5:6:7:1.2.3.4', '::ffff:1.2.3.4.5', '::-1', '0x1::', ' ::1'],
    ...['0'.repeat(5_000_000), `${':'.repeat(46)}`],
  ])('refuses %#', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  it('agrees with the platform on what is an address, except zone ids', () => {
    const piece = fc.constantFrom('0', '1', '9', '25', '256', 'f', 'ffff', '.', ':', '::', '00', 'g', '1.2.3.4', '');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        expect(parseIp(text)?.family ?? 0).toBe(isIP(text));
      }),
      { numRuns: 2000 },
    );
  });

  it('is fast enough for large configurations', () => {
    const texts = Array.from({ length: 100_000 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    for (const text of texts) parseIp(text);
    const start = performance.now();
    for (const text of texts) parseIp(text);
    expect(performance.now() - start).toBeLessThan(400);
  });
});

describe('formatIp', () => {
  // The rules of RFC 5952 §4 and §5, one by one.
  it.each([
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::AbCd', '2001:db8::abcd'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:1:2:3:4:5:6', '::1:2:3:4:5:6'],
    ['1:2:3:4:5:6:0:0', '1:2:3:4:5:6::'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['::192.0.2.1', '::c000:201'],
    ['203.0.113.9', '203.0.113.9'],
  ])('%s is %s', (text, canonical) => {
    expect(canonicalIp(text)).toBe(canonical);
  });

  it('is undone by parseIp, and is the only spelling', () => {
    fc.assert(
      fc.property(anyIp, (ip) => {
        expect(parseIp(formatIp(ip))).toEqual(ip);
        expect(canonicalIp(formatIp(ip))).toBe(formatIp(ip));
      }),
    );
  });
});

describe('compareIp and addIp', () => {
  it('order as family, then bits as text', () => {
    fc.assert(
      fc.property(anyIp, anyIp, (a, b) => {
        const [x, y] = [`${a.family}${bitText(a)}`, `${b.family}${bitText(b)}`];
        expect(Math.sign(compareIp(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
      }),
    );
  });

  it('go on and back, and stop at the ends', () => {
    expect(formatIp(addIp({ family: 4, value: 0xc000_02ffn }, 1))).toBe('192.0.3.0');
    expect(formatIp(addIp({ family: 6, value: 1n << 64n }, -1n))).toBe('::ffff:ffff:ffff:ffff');
    expect(() => addIp({ family: 4, value: familyMax(4) }, 1)).toThrow('255.255.255.255 plus 1 is outside of IPv4');
    expect(() => addIp({ family: 6, value: 0n }, -1)).toThrow(RangeError);
    expect(familyMax(6)).toBe(2n ** BigInt(familyBits(6)) - 1n);
  });
});
