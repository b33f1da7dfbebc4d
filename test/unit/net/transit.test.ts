import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cidrContains, parseCidr } from '../../../src/net/cidr.ts';
import { type Family, parseIp } from '../../../src/net/ip.ts';
import {
  hopAddress,
  maxNodeIndex,
  parseTransit,
  type Transit,
  transitAddress,
  transitRange,
  tunnelAddress,
  tunnelRange,
} from '../../../src/net/transit.ts';

const transit = mustParse('198.18.0.0/15', 'fd5a:11:9f::/48');
const families: readonly Family[] = [4, 6];

describe('parseTransit', () => {
  it.each([
    ['198.18.0.0/16', 'fd5a:11:9f::/48'],
    ['198.18.0.0/15', 'fd5a:11:9f::/64'],
    ['198.19.0.0/15', 'fd5a:11:9f::/48'],
    ['fd5a:11:9f::/48', '198.18.0.0/15'],
    ['', ''],
  ])('refuses %s and %s', (ipv4, ipv6) => {
    expect(parseTransit(ipv4, ipv6)).toBeUndefined();
  });
});

describe('the address plan of 198.18.0.0/15 and fd5a:11:9f::/48', () => {
  it.each([
    [transitAddress(transit, 4, { group: 0, index: 1 }), '198.18.0.1'],
    [transitAddress(transit, 4, { group: 1, index: 1 }), '198.18.32.1'],
    [transitAddress(transit, 4, { group: 14, index: 8175 }), '198.19.223.239'],
    [transitAddress(transit, 6, { group: 1, index: 1 }), 'fd5a:11:9f:1::1:1'],
    [transitAddress(transit, 6, { group: 14, index: 8175 }), 'fd5a:11:9f:1::e:1fef'],
    [transitRange(transit, 4, 1), '198.18.32.0/19'],
    [transitRange(transit, 6, 1), 'fd5a:11:9f:1::1:0/112'],
    [hopAddress(transit, 4, 1), '198.19.224.1'],
    [hopAddress(transit, 4, 8175), '198.19.255.239'],
    [hopAddress(transit, 6, 1), 'fd5a:11:9f:1::f:1'],
    [tunnelAddress(transit, 4, 0), '198.19.255.240'],
    [tunnelAddress(transit, 4, 15), '198.19.255.255'],
    [tunnelAddress(transit, 6, 1), 'fd5a:11:9f:ffff::1'],
    [tunnelRange(transit, 4), '198.19.255.240/28'],
    [tunnelRange(transit, 6), 'fd5a:11:9f:ffff::/124'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected);
  });

  it.each([
    { group: -1, index: 1 },
    { group: 16, index: 1 },
    { group: 0.5, index: 1 },
    { group: 1, index: -1 },
    { group: 1, index: maxNodeIndex + 1 },
    { group: 1, index: Number.NaN },
  ])('refuses %j', (node) => {
    for (const family of families) expect(() => transitAddress(transit, family, node)).toThrow(RangeError);
  });

  it('keeps the last node away from the tunnel addresses', () => {
    expect(maxNodeIndex).toBe(8175);
    expect(() => hopAddress(transit, 4, 8176)).toThrow('node index 8176 is not one of 0..8175');
  });

  it('refuses groups that do not exist everywhere', () => {
    expect(() => tunnelAddress(transit, 4, 16)).toThrow('group 16 is not one of 0..15');
    expect(() => transitRange(transit, 6, -1)).toThrow(RangeError);
  });
});

describe('every address of the plan', () => {
  const place = fc.record({ group: fc.nat(15), index: fc.nat(maxNodeIndex) });

  it('is unique, inside its prefix and its group, and no tunnel address', () => {
    fc.assert(
      fc.property(fc.constantFrom(...families), place, place, (family, a, b) => {
        const whole = family === 4 ? transit.ipv4 : transit.ipv6;
        const text = transitAddress(transit, family, a);
        const same = a.group === b.group && a.index === b.index;
        expect(text === transitAddress(transit, family, b)).toBe(same);
        expect(cidrContains(whole, must(parseIp(text)))).toBe(true);
        expect(cidrContains(must(parseCidr(transitRange(transit, family, a.group))), must(parseIp(text)))).toBe(true);
        expect(cidrContains(must(parseCidr(tunnelRange(transit, family))), must(parseIp(text)))).toBe(false);
        const tunnel = must(parseIp(tunnelAddress(transit, family, a.group)));
        expect(cidrContains(whole, tunnel)).toBe(true);
        expect(cidrContains(must(parseCidr(tunnelRange(transit, family))), tunnel)).toBe(true);
      }),
    );
  });
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value');
  return value;
}

function mustParse(ipv4: string, ipv6: string): Transit {
  return must(parseTransit(ipv4, ipv6));
}
