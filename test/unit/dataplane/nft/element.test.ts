import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addressKey,
  canonicalPart,
  canonicalValue,
  concatKey,
  numberKey,
  renderKey,
} from '../../../../src/dataplane/nft/element.ts';

describe('addressKey', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['10.0.0.1/32', '10.0.0.1'],
    ['10.0.0.0/24', '10.0.0.0-10.0.0.255'],
    ['10.0.0.1-10.0.0.1', '10.0.0.1'],
    ['2001:DB8::/127', '2001:db8::-2001:db8::1'],
    ['::/0', '::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
  ])('%s is %s', (text, key) => {
    expect(addressKey(text)).toBe(key);
  });

  it.each(['', '10.0.0', '10.0.0.0/33', '10.0.0.9-10.0.0.1', '10.0.0.1; flush ruleset'])('refuses "%s"', (text) => {
    expect(() => addressKey(text)).toThrow(RangeError);
  });
});

describe('canonicalPart', () => {
  it.each([
    ['ipv4_addr', '10.0.0.0/8', '10.0.0.0-10.255.255.255'],
    ['ipv6_addr', '2001:DB8:0::1', '2001:db8::1'],
    ['ipv6_addr', '10.0.0.1', undefined],
    ['ipv4_addr', '::1', undefined],
    ['ether_addr', '02:EB:00:00:00:01', '02:eb:00:00:00:01'],
    ['inet_proto', '6', 'tcp'],
    ['inet_proto', 'tcp', 'tcp'],
    ['inet_proto', '47', '47'],
    ['inet_proto', '256', undefined],
    ['inet_proto', '0-255', '0-255'],
    ['inet_proto', '0/0', '0-255'],
    ['inet_proto', '8/9', undefined],
    ['inet_service', '80-90', '80-90'],
    ['inet_service', '80-80', '80'],
    ['inet_service', '65536', undefined],
    ['inet_service', '8192/3', '8192-16383'],
    ['mark', '4294967295', '4294967295'],
    ['mark', '-1', undefined],
    ['ifname', 'eth0.5', 'eth0.5'],
    ['ifname', 'a"; flush', undefined],
  ] as const)('%s %s is %s', (type, text, key) => {
    expect(canonicalPart(type, text)).toBe(key);
  });
});

it('renders protocols as numbers and names in quotes', () => {
  expect(renderKey(['ipv4_addr', 'inet_proto', 'inet_service'], '10.0.0.1 . tcp . 80-90')).toBe('10.0.0.1 . 6 . 80-90');
  expect(renderKey(['mark', 'ifname'], '7 . eth0')).toBe('7 . "eth0"');
});

it('takes verdicts that we write and no others', () => {
  expect(canonicalValue('verdict', 'goto p_1')).toBe('goto p_1');
  expect(canonicalValue('verdict', 'queue')).toBeUndefined();
  expect(canonicalValue('verdict', 'goto x; drop')).toBeUndefined();
});

it('keeps what it made itself', () => {
  const port = fc.integer({ min: 0, max: 65535 });
  fc.assert(
    fc.property(fc.ipV4(), port, port, (address, a, b) => {
      const range = numberKey(Math.min(a, b), Math.max(a, b));
      expect(canonicalPart('inet_service', range)).toBe(range);
      expect(canonicalPart('ipv4_addr', addressKey(address))).toBe(address);
      expect(concatKey([address, 'udp', range]).split(' . ')).toEqual([address, 'udp', range]);
    }),
  );
});
