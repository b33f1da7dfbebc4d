import { expect, it } from 'vitest';
import { selectPlan } from '../../../../src/compile/select.ts';
import { routeStateOf } from '../../../../src/dataplane/desired/routes.ts';
import { viewOf } from '../../../support/dataplane-case.ts';

const meta = { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const view = viewOf({
  cluster: { metadata: meta, spec: {}, status: { clusterRanges: [] } },
  node: 'node-1',
  nodes: [1, 2].map((index) => ({ name: `node-${index}`, index, addresses: [`192.0.2.1${index}`] })),
  namespaces: [{ name: 'shop' }],
  pods: [1, 2].map((n) => ({ name: `pod-${n}`, ip: `10.244.1.${n}` })),
  placements: [{ uid: 'gw', id: 513, ipv4: '192.0.2.100', candidates: ['node-1', 'node-2'] }],
  rules: { gw: [{}] },
});
const underlay = { device: 'eth0', mtu: 1500, isUp: true };

it('is the very same when only Pods changed, and another when anything of it did', () => {
  const before = routeStateOf(selectPlan(view).plan, underlay);
  expect(before.routes.length).toBeGreaterThan(0);
  const fewer = selectPlan({ ...view, pods: view.pods.slice(1) }).plan;
  expect(routeStateOf(fewer, { ...underlay })).toBe(before);
  const others = [
    routeStateOf(fewer, { ...underlay, mtu: 1400 }),
    routeStateOf(fewer, { ...underlay, device: 'eth1' }),
    routeStateOf(fewer, underlay, [{ device: 'eth2', isUp: true, subnets: ['198.51.100.0/24'] }]),
    routeStateOf(selectPlan({ ...view, nodes: view.nodes.slice(0, 1) }).plan, underlay),
    routeStateOf(selectPlan({ ...view, placements: [] }).plan, underlay),
  ];
  for (const other of others) expect(other).not.toBe(before);
  expect(routeStateOf(fewer, { ...underlay, isUp: false })).not.toEqual(before);
});
