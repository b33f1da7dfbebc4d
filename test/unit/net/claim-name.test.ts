import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimName, parseClaimName } from '../../../src/net/claim-name.ts';
import { anyIp } from '../../support/net-arbitraries.ts';

describe('claim names', () => {
  it.each([
    ['192.0.2.100', { family: 4, value: 0xc000_0264n }],
    ['2001-0db8-0000-0000-0000-0000-0000-0100', { family: 6, value: (0x2001_0db8n << 96n) + 0x100n }],
  ] as const)('%s', (name, ip) => {
    expect(claimName(ip)).toBe(name);
    expect(parseClaimName(name)).toEqual(ip);
  });

  it.each([
    ...['', '2001:db8::1', '2001-db8--1', '2001-0DB8-0000-0000-0000-0000-0000-0100', '192.0.2.0100', '192-0-2-1'],
    ...['2001-0db8-0000-0000-0000-0000-0100', '0000-0000-0000-0000-0000-0000-0000-00001', '192.0.2.1\n'],
  ])('refuse %j', (name) => {
    expect(parseClaimName(name)).toBeUndefined();
  });

  it('are object names, one per address', () => {
    fc.assert(
      fc.property(anyIp, (ip) => {
        expect(claimName(ip)).toMatch(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/);
        expect(parseClaimName(claimName(ip))).toEqual(ip);
      }),
    );
  });
});
