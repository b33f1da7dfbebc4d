import { expect, test } from 'vitest';
import type { EgressAddressClaim } from '../../../src/api/kinds.ts';
import { poolUses, renderPools } from '../../../src/inspect/addresses.ts';
import { meta, now, pool } from '../../support/objects.ts';

const claim = (address: string, name: string, quarantinedUntil?: string): EgressAddressClaim => ({
  metadata: meta(address),
  spec: {
    address,
    holder: { uid: `uid-${name}`, namespace: 'shop', name },
    pool: 'lab',
    since: '2026-01-02T02:04:05Z',
    ...(quarantinedUntil === undefined ? {} : { quarantinedUntil }),
  },
});
const lab = { ...pool('lab', ['192.0.2.0/24']), status: { total: 256, used: 2, free: 254 } };
const condition = {
  type: 'Accepted',
  status: 'False',
  reason: 'Invalid',
  message: 'spec.addresses[0]: no range',
} as const;
const broken = {
  ...pool('broken', ['x']),
  status: { conditions: [{ ...condition, observedGeneration: 1, lastTransitionTime: '2026-01-02T02:04:05Z' }] },
};
const uses = poolUses([lab, broken], [claim('192.0.2.100', 'b'), claim('192.0.2.20', 'a', '2026-01-02T03:05:05Z')]);

test('pools by name, their addresses by number', () => {
  expect(uses.map(({ pool: name }) => name)).toEqual(['broken', 'lab']);
  expect(uses[1]?.addresses).toEqual([
    { address: '192.0.2.20', gateway: 'shop/a', since: '2026-01-02T02:04:05Z', restsUntil: '2026-01-02T03:05:05Z' },
    { address: '192.0.2.100', gateway: 'shop/b', since: '2026-01-02T02:04:05Z' },
  ]);
  expect(uses[0]).toMatchObject({ problem: 'spec.addresses[0]: no range', addresses: [] });
});

test('as tables', () => {
  expect(renderPools(uses, now)).toBe(`POOL    TOTAL  USED  FREE  RANGES
broken  -      -     -     x
lab     256    2     254   192.0.2.0/24

ADDRESS      POOL  GATEWAY  SINCE  STATE
192.0.2.20   lab   shop/a   60m    given up, rests for 60s at most
192.0.2.100  lab   shop/b   60m    in use

broken: spec.addresses[0]: no range
`);
  expect(renderPools([], now)).toBe('no EgressAddressPool\n');
});
