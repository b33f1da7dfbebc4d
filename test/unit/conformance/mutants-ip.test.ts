import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  holds,
  isMasked,
  overlap,
  readAddress,
  readCidr,
  readRange,
  writeAddress,
} from '../../../conformance/mutants/fake/ip.ts';

test('every IPv6 address is read and written as the platform does', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = readAddress(text);
      fc.pre(address !== undefined);
      expect(writeAddress(address)).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
    }),
  );
});

test('a CIDR holds what the platform says it holds', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (base, other, prefix) => {
      const list = new BlockList();
      list.addSubnet(base, prefix, 'ipv4');
      const [range, address] = [readCidr(`${base}/${prefix}`), readAddress(other)];
      expect(range !== undefined && address !== undefined && holds(range, address)).toBe(list.check(other, 'ipv4'));
    }),
  );
});

test('what is no address is none', () => {
  for (const text of ['', '1.2.3', '010.1.1.1', '1.2.3.4/33', 'fe80::1%eth0', '::ffff:1.2.3.4']) {
    expect([text, readAddress(text) ?? readCidr(text)]).toEqual([text, undefined]);
  }
  expect(isMasked('10.0.0.0/8')).toBe(true);
  expect(isMasked('10.0.0.1/8')).toBe(false);
  const [left, right] = [readRange('10.0.0.0/8'), readRange('10.0.0.9-11.0.0.0')];
  expect(left !== undefined && right !== undefined && overlap(left, right)).toBe(true);
});
