import { expect, test } from 'vitest';
import type { Node } from '../../../src/api/core.ts';
import type { EgressPlacement } from '../../../src/api/kinds.ts';
import { judgeTunnel, tunnelFamily } from '../../../src/compile/tunnel-family.ts';
import { cluster, meta } from '../../support/objects.ts';

const nodeOf = (name: string, ...addresses: readonly string[]): Node => ({
  metadata: meta(name),
  spec: {},
  status: { ready: true, addresses: addresses.map((address) => ({ type: 'InternalIP', address })) },
});
const four = nodeOf('four', '192.0.2.1');
const six = nodeOf('six', '2001:db8::1');
const both = nodeOf('both', '2001:db8::2', '192.0.2.2');
const absent = nodeOf('absent');

const placed = (tunnelAddress: string): EgressPlacement => ({
  metadata: meta('uid'),
  spec: {
    gateway: { namespace: 'shop', name: 'gw' },
    egressClass: 'egress',
    group: 1,
    tunnelAddress,
    identities: [{ id: 513, ipv6: '2001:db8::100' }],
    network: { name: 'default' },
    failover: { advertMilliseconds: 100, preempt: false, virtualRouterId: 1 },
    candidates: [],
  },
});

test.each<[what: string, nodes: readonly Node[], family: 4 | 6, without: readonly string[]]>([
  ['no node', [], 4, []],
  ['IPv4 alone', [four], 4, []],
  ['IPv6 alone', [six], 6, []],
  ['both on all nodes: IPv4 is preferred', [both], 4, []],
  ['IPv4 is what all have', [four, both], 4, []],
  ['IPv6 is what all have', [six, both], 6, []],
  ['none that all have: what more have', [six, both, nodeOf('five', '2001:db8::5'), four], 6, ['four']],
  ['none that all have, as many of each: IPv4', [six, four], 4, ['six']],
  ['a node that shows no address says nothing', [six, absent], 6, []],
])('%s', (_, nodes, family, without) => {
  for (const list of [nodes, nodes.toReversed()])
    expect(tunnelFamily({ cluster: cluster(), nodes: list, placements: [] })).toEqual({ family, without });
});

test('what is in use stays, also when all nodes have IPv4 by now, or a newcomer has nothing else', () => {
  const placements = [placed('fd5a:11:9f:ffff::1')];
  expect(tunnelFamily({ nodes: [both], placements })).toEqual({ family: 6, without: [] });
  expect(tunnelFamily({ nodes: [both, four], placements })).toEqual({ family: 6, without: ['four'] });
});

test('EgressCluster decides: by its family, else by its tunnel addresses', () => {
  const placements = [placed('198.19.255.241')];
  const tunnel = { addresses: ['2001:db8::f1'] };
  expect(tunnelFamily({ cluster: cluster({ tunnel }), nodes: [both, four], placements })).toEqual({
    family: 6,
    without: ['four'],
  });
  const named = cluster({ tunnel: { family: 'IPv6' } });
  expect(tunnelFamily({ cluster: named, nodes: [both], placements }).family).toBe(6);
});

test('nodes without the family are named, five of them', () => {
  const without = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  expect(judgeTunnel({ family: 6, without: [] })).toMatchObject({
    code: 'ClusterTunnelEverywhere',
    message: 'nodes tunnel by IPv6',
  });
  const { code, message } = judgeTunnel({ family: 4, without });
  expect(code).toBe('ClusterTunnelMissing');
  expect(message).toContain('nodes tunnel by IPv4, and a, b, c, d, e and 2 more have no InternalIP of it');
});
