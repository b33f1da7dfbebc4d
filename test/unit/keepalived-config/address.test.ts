import { isIP } from 'node:net';
import fc from 'fast-check';
import { readAddress } from 'keepalived-config';
import { expect, it } from 'vitest';

it.each([
  ['192.0.2.1', 'inet', undefined],
  ['192.0.2.1/0', 'inet', 0],
  ['::/128', 'inet6', 128],
  ['2001:db8::1/64', 'inet6', 64],
  ['::ffff:192.0.2.1', 'inet6', undefined],
])('reads %s', (text, family, prefixLength) => {
  expect(readAddress(text)).toMatchObject({ family, prefixLength });
});

it.each([
  '',
  '/',
  '1.2.3',
  '1.2.3.4.5',
  '01.2.3.4',
  '1.2.3.256',
  '1.2.3.4/33',
  '1.2.3.4/',
  '1.2.3.4/01',
  '::/129',
  ':::',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '12345::',
  '1.2.3.4::',
  'fe80::1%eth0',
  '1:2:3:4:5:6:7::8',
])('refuses %j', (text) => {
  expect(readAddress(text)).toBeUndefined();
});

it('has one key for all spellings', () => {
  expect(readAddress('2001:DB8:0:0::1')?.key).toBe(readAddress('2001:db8::0.0.0.1')?.key);
  expect(readAddress('192.0.2.1')?.key).toBe(readAddress('192.0.2.1/32')?.key);
  expect(readAddress('0.0.0.1')?.key).not.toBe(readAddress('::1')?.key);
});

it('agrees with node on what is an address', () => {
  const shape = fc.string({ unit: fc.constantFrom('1', '0', 'f', '255', ':', '::', '.', '/'), maxLength: 16 });
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), shape), (text) => {
      const expected = { 0: undefined, 4: 'inet', 6: 'inet6' }[isIP(text)];
      if (!text.includes('/')) expect(readAddress(text)?.family).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});
