import { describe, expect, it } from 'vitest';
import { gatewayMac, nodeMac } from '../../../src/net/mac.ts';

describe('MAC addresses of the design', () => {
  it('code the identity in the low 16 bits', () => {
    expect(gatewayMac(513)).toBe('02:eb:00:00:02:01');
    expect(gatewayMac(65_535)).toBe('02:eb:00:00:ff:ff');
  });

  it('code the node index in the low 24 bits', () => {
    expect(nodeMac(1)).toBe('02:ec:00:00:00:01');
    expect(nodeMac(8175)).toBe('02:ec:00:00:1f:ef');
  });

  it.each([-1, 65_536, 1.5, Number.NaN])('have no room for identity %d', (id) => {
    expect(() => gatewayMac(id)).toThrow(RangeError);
  });

  it.each([-1, 2 ** 24, 0.1, Number.POSITIVE_INFINITY])('have no room for node index %d', (index) => {
    expect(() => nodeMac(index)).toThrow(RangeError);
  });
});
