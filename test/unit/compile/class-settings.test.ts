import { describe, expect, test } from 'vitest';
import type { EgressClass } from '../../../src/api/kinds.ts';
import { excludedNamespaces, parseClass } from '../../../src/compile/class-settings.ts';
import { egressClass } from '../../support/objects.ts';

const classCases: readonly [field: string, spec: EgressClass['spec']][] = [
  ['spec.networks[1].name', { networks: [{ name: 'a' }, { name: 'a' }] }],
  ['spec.networks[0].interface', { networks: [{ name: 'a', interface: 'longer-than-fifteen' }] }],
  ['spec.networks[0].interface', { networks: [{ name: 'a', interface: 'eth"1' }] }],
  ['spec.networks[0].interface', { networks: [{ name: 'a', vlan: 1 }] }],
  ['spec.networks[0].vlan', { networks: [{ name: 'a', interface: 'eth1', vlan: 4095 }] }],
  ['spec.networks[0].vlan', { networks: [{ name: 'a', interface: 'enp94s0f0np0', vlan: 100 }] }],
  ['spec.networks[0].table', { networks: [{ name: 'a', table: 1 }] }],
  ['spec.networks[0].interface', { networks: [{ name: 'a', routes: 'Table', table: 7 }] }],
  ['spec.networks[0].table', { networks: [{ name: 'a', interface: 'eth1', routes: 'Table' }] }],
  ['spec.networks[0].table', { networks: [{ name: 'a', interface: 'eth1', routes: 'Table', table: 254 }] }],
  ['spec.networks[0].table', { networks: [{ name: 'a', interface: 'eth1', routes: 'Table', table: 1101 }] }],
  ['spec.networks[0].gateway4', { networks: [{ name: 'a', gateway4: '192.0.2.1' }] }],
  ['spec.networks[0].gateway4', { networks: [{ name: 'a', interface: 'eth1', routes: 'Own' }] }],
  ['spec.networks[0].gateway6', { networks: [{ name: 'a', interface: 'eth1', routes: 'Own', gateway6: '192.0.2.1' }] }],
  [
    'spec.networks[0].nodeSelector',
    { networks: [{ name: 'a', nodeSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } }] },
  ],
  ['spec.networks[0].announce (BGP)', { networks: [{ name: 'a', announce: 'BGP' }] }],
  ['spec.gatewayNodes.maxOwnersPerZone', { gatewayNodes: { maxOwnersPerZone: 1 } }],
  [
    'spec.gatewayNodes.nodeSelector',
    { gatewayNodes: { nodeSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } },
  ],
  [
    'spec.isolation.namespaceSelector',
    { isolation: { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } } },
  ],
  ['spec.failover.candidates', { failover: { candidates: 9 } }],
  ['spec.failover.candidates', { failover: { candidates: 0 } }],
];

describe('EgressClass', () => {
  test.each(classCases)('%s is refused', (field, spec) => {
    expect(parseClass(egressClass(spec))).toMatchObject({ ok: false, field });
  });

  test.each([
    { name: 'a', interface: 'eth1', vlan: 100 },
    { name: 'a', interface: 'eth1.100', routes: 'Own', gateway4: '172.30.0.1', gateway6: 'fe80::1' },
    { name: 'a', interface: 'eth1', routes: 'Table', table: 200 },
  ] as const)('a network %o', (network) => {
    expect(parseClass(egressClass({ networks: [network] }))).toMatchObject({
      ok: true,
      value: { networks: [network] },
    });
  });

  test('defaults', () => {
    expect(parseClass(egressClass({}, 'plain'))).toEqual({
      ok: true,
      value: {
        name: 'plain',
        networks: [{ name: 'default' }],
        profile: 'Default',
        candidates: 2,
        preempt: false,
        excludedNamespaces: ['kube-system'],
      },
    });
  });

  test('kube-system is always excluded', () => {
    expect(excludedNamespaces({ excludedNamespaces: ['b', 'a'] })).toEqual(['a', 'b', 'kube-system']);
    expect(excludedNamespaces(undefined)).toEqual(['kube-system']);
  });
});
