import { describe, expect, test } from 'vitest';
import type { EgressCluster } from '../../../src/api/kinds.ts';
import { groupTunnelAddress, parseCluster } from '../../../src/compile/cluster-settings.ts';
import { cluster } from '../../support/objects.ts';

const clusterCases: readonly [field: string, spec: EgressCluster['spec']][] = [
  ['spec.clusterRanges.extra[1]', { clusterRanges: { extra: ['10.0.0.0/8', '10.0.0.1/8'] } }],
  ['spec.marks.mask', { marks: { mask: 0x3fff } }],
  ['spec.marks.mask', { marks: { mask: 0 } }],
  ['spec.marks.mask', { marks: { mask: 0x1ffe } }],
  ['spec.transit', { transit: { ipv4: '198.18.0.0/16' } }],
  ['spec.transit', { transit: { ipv6: 'fd5a:11:9f::/56' } }],
  ['spec.tunnel.addresses[0]', { tunnel: { addresses: ['192.0.2.0/24'] } }],
  ['spec.tunnel.addresses[1]', { tunnel: { addresses: ['192.0.2.1', '192.0.2.1'] } }],
  ['spec.tunnel.addresses[0]', { tunnel: { family: 'IPv6', addresses: ['192.0.2.1'] } }],
];

describe('EgressCluster', () => {
  test.each(clusterCases)('%s is refused', (field, spec) => {
    expect(parseCluster(cluster(spec))).toMatchObject({ ok: false, field });
  });

  test.each([0x1fff, 0x3ffe, 0xfff8_0000])('mask %s is fine', (mask) => {
    expect(parseCluster(cluster({ marks: { mask } })).ok).toBe(true);
  });

  test('tunnel addresses: from the transit range, or the n-th of a list', () => {
    const automatic = parseCluster(cluster());
    const given = parseCluster(cluster({ tunnel: { addresses: ['192.0.2.201', '2001:db8::1', '192.0.2.202'] } }));
    if (!automatic.ok || !given.ok) throw new Error('refused');
    expect(groupTunnelAddress(automatic.value, 4, 1)).toBe('198.19.255.241');
    expect(groupTunnelAddress(automatic.value, 6, 1)).toBe('fd5a:11:9f:ffff::1');
    expect(groupTunnelAddress(given.value, 6, 1)).toBe('2001:db8::1');
    expect([1, 2, 3].map((group) => groupTunnelAddress(given.value, 4, group))).toEqual([
      '192.0.2.201',
      '192.0.2.202',
      undefined,
    ]);
  });
});
