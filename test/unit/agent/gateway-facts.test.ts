import { expect, test } from 'vitest';
import { gatewayFacts } from '../../../src/agent/gateway-facts.ts';
import { selectPlan } from '../../../src/compile/select.ts';
import { type DataplaneCase, viewOf } from '../../support/dataplane-case.ts';

const meta = { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const input: DataplaneCase = {
  cluster: { metadata: meta, spec: {}, status: { clusterRanges: [] } },
  node: 'node-1',
  nodes: [
    { name: 'node-1', index: 1, addresses: ['192.0.2.11'] },
    { name: 'node-2', index: 2, addresses: ['192.0.2.12'] },
  ],
  namespaces: [{ name: 'shop' }],
  pods: [
    { name: 'a', ip: '10.244.1.2', ip6: 'fd00:10:244:1::2', labels: { app: 'a' } },
    { name: 'b', ip: '10.244.1.3', labels: { app: 'a' } },
    { name: 'c', ip: '10.244.1.4' },
  ],
  placements: [
    { uid: 'partners', id: 513, ipv4: '192.0.2.100', ipv6: '2001:db8:2::100', candidates: ['node-1', 'node-2'] },
    { uid: 'other', id: 1025, ipv4: '192.0.2.101', candidates: ['node-1'] },
    { uid: 'far', id: 1537, ipv4: '192.0.2.102', candidates: ['node-2'] },
  ],
  rules: {
    partners: [{ podSelector: { matchLabels: { app: 'a' } } }],
    unplaced: [{ podSelector: { matchLabels: { app: 'a' } }, destinations: [{ cidr: '203.0.113.0/24' }] }],
  },
};

function facts(addresses: readonly string[]) {
  const view = viewOf(input);
  const { placements, ruleSets } = view;
  return gatewayFacts({ selection: selectPlan(view), placements, ruleSets, addresses: new Set(addresses) });
}

test('Gateways that Pods here use, also one that is not placed yet, and those that this node could own', () => {
  expect(facts(['192.0.2.11', '198.19.255.241'])).toEqual([
    {
      ...{ uid: 'other', namespace: 'shop', name: 'other', group: 2, pods: 0, isOwned: false },
      ...{ ids: [1025], addresses: ['192.0.2.101'] },
    },
    {
      ...{ uid: 'partners', namespace: 'shop', name: 'partners', group: 1, pods: 2, isOwned: true },
      ...{ ids: [513], addresses: ['192.0.2.100', '2001:db8:2::100'] },
    },
    { uid: 'unplaced', namespace: 'shop', name: 'unplaced', pods: 2, isOwned: false, ids: [], addresses: [] },
  ]);
});

test('a group is owned by whoever has its tunnel address', () => {
  expect(facts(['192.0.2.100']).filter(({ isOwned }) => isOwned)).toEqual([]);
  expect(facts(['198.19.255.242']).filter(({ isOwned }) => isOwned)).toMatchObject([{ name: 'other' }]);
});
