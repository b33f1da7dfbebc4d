import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { EgressClass, EgressNetwork } from '../../../src/api/kinds.ts';
import { placementNetwork } from '../../../src/compile/check-network.ts';
import { excludedNamespaces, parseClass } from '../../../src/compile/class-settings.ts';
import { egressClass } from '../../support/objects.ts';

const router = { address: '192.0.2.1', asn: 65_000 };
const routed = (peers: NonNullable<EgressNetwork['bgp']>['peers'] = [router], localASN = 65_001): EgressNetwork => ({
  name: 'a',
  announce: 'BGP',
  bgp: { localASN, peers },
});

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
  ['spec.networks[0].bgp', { networks: [{ name: 'a', announce: 'BGP' }] }],
  ['spec.networks[0].bgp', { networks: [{ ...routed(), announce: 'L2' }] }],
  ['spec.networks[0].bgp.localASN', { networks: [routed([router], 0)] }],
  ['spec.networks[0].bgp.localASN', { networks: [routed([router], 2 ** 32)] }],
  ['spec.networks[0].bgp.peers', { networks: [routed([])] }],
  ['spec.networks[0].bgp.peers[1].asn', { networks: [routed([router, { address: '192.0.2.2', asn: 1.5 }])] }],
  ...['192.0.2.1; }', 'fe80::1', '::1', '127.0.0.1', '169.254.1.1', 'ff02::1', '0.0.0.0', '::ffff:192.0.2.1'].map(
    (address): [string, EgressClass['spec']] => [
      'spec.networks[0].bgp.peers[0].address',
      { networks: [routed([{ address, asn: 1 }])] },
    ],
  ),
  [
    'spec.networks[0].bgp.peers[1].address',
    {
      networks: [
        routed([
          { address: '2001:db8::1', asn: 1 },
          { address: '2001:DB8:0::1', asn: 1 },
        ]),
      ],
    },
  ],
  [
    'spec.networks[1].bgp.peers[0].address',
    { networks: [routed(), { ...routed([{ ...router, asn: 65_009 }]), name: 'b' }] },
  ],
  ['spec.networks[1].bgp.peers[0].address', { networks: [routed(), { ...routed([router], 65_002), name: 'b' }] }],
  ['spec.gatewayNodes.maxOwnersPerZone', { gatewayNodes: { maxOwnersPerZone: 0 } }],
  ['spec.gatewayNodes.maxOwnersPerZone', { gatewayNodes: { maxOwnersPerZone: 15 } }],
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
  test('every class that is shipped is accepted', () => {
    const config = join(import.meta.dirname, '..', '..', '..', 'config');
    const files = readdirSync(config, { recursive: true, encoding: 'utf8' }).filter((name) => /\.yaml$/.test(name));
    const documents = files.flatMap((name) => parseAllDocuments(readFileSync(join(config, name), 'utf8')));
    const classes = documents
      .map((document): unknown => document.toJS())
      .filter((object): object is EgressClass => (object as { kind?: unknown } | null)?.kind === 'EgressClass');
    expect(classes.length).toBeGreaterThan(2);
    expect(classes.map((one) => [one.metadata.name, parseClass(one).ok])).toEqual(
      classes.map((one) => [one.metadata.name, true]),
    );
  });

  test.each(classCases)('%s is refused', (field, spec) => {
    expect(parseClass(egressClass(spec))).toMatchObject({ ok: false, field });
  });

  test.each([
    { name: 'a', interface: 'eth1', vlan: 100 },
    { name: 'a', interface: 'eth1.100', routes: 'Own', gateway4: '172.30.0.1', gateway6: 'fe80::1' },
    { name: 'a', interface: 'eth1', routes: 'Table', table: 200 },
    routed([router, { address: '2001:db8::1', asn: 65_000, bfd: true }]),
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

test('placements tell peers in one spelling and order; two networks may share one', () => {
  const network = routed([
    { address: '2001:DB8::1', asn: 1, bfd: true },
    { ...router, bfd: false },
  ]);
  expect(parseClass(egressClass({ networks: [network, { ...network, name: 'b' }] })).ok).toBe(true);
  expect(placementNetwork(network)).toEqual({
    name: 'a',
    bgp: {
      localASN: 65_001,
      peers: [
        { address: '192.0.2.1', asn: 65_000 },
        { address: '2001:db8::1', asn: 1, bfd: true },
      ],
    },
  });
});

test('the sample of a routed network is valid', () => {
  const text = readFileSync(new URL('../../../config/samples/bgp/class.yaml', import.meta.url), 'utf8');
  const [sample] = parseAllDocuments(text).map((document) => document.toJS() as EgressClass);
  expect(parseClass(sample ?? egressClass({ networks: [] }))).toMatchObject({
    ok: true,
    value: { networks: [{ name: 'default', announce: 'BGP' }] },
  });
});
