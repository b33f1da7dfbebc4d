import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/api/pod.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { explain } from '../../../src/explain/explain.ts';
import type { Question } from '../../../src/explain/question.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { gatewayOf, planTrace } from '../../../src/trace/plan.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { gateway, meta, namespace, node, route, snapshot } from '../../support/objects.ts';

const listeners = [
  { name: 'egress', port: 1, protocol: 'sallyport.dev/IP', allowedRoutes: { namespaces: { from: 'All' as const } } },
];
const start: Partial<Snapshot> = {
  gateways: [gateway('platform/partners', { listeners })],
  routes: [route('shop/pay', 'platform/partners')],
  nodes: [node('node-1', '192.0.2.11'), node('node-2', '192.0.2.12'), node('node-3', '192.0.2.13')],
};
const quiet = settleAll(snapshot(start)).snapshot;
const pod: Pod = {
  metadata: meta('shop/pay-1'),
  spec: { nodeName: 'node-3' },
  status: { phase: 'Running', podIPs: ['10.244.3.7'] },
};

function plan(more: Partial<Question> = {}, of: Snapshot = quiet) {
  const destination = parseIp('203.0.113.7');
  if (destination === undefined) throw new Error('no address');
  const question: Question = { pod, namespace: namespace('shop'), destination, protocol: 'TCP', port: 443, ...more };
  const explanation = explain(of, question);
  return { explanation, planned: planTrace(of, question, explanation) };
}
const wanted = { destination: '203.0.113.7', protocol: 'TCP', port: 443 };

describe('who looks for what', () => {
  test('the Pod’s node for the Pod’s address, the owner for the transit address of that node', () => {
    const { explanation, planned } = plan();
    const owner = explanation.gateway?.owner ?? '';
    const index = quiet.egressNodes.find(({ metadata }) => metadata.name === 'node-3')?.spec.index ?? 0;
    const group = quiet.placements[0]?.spec.group ?? 0;
    // 198.18.0.0/15, 8,192 addresses a group.
    const low = group * 8_192 + index;
    const transit = `198.${18 + (low >> 16)}.${(low >> 8) & 255}.${low & 255}`;
    if (!planned.ok) throw new Error(planned.message);
    expect(planned.value).toMatchObject({ node: 'node-3', owner });
    expect([...planned.value.flows].flatMap(([name, flows]) => flows.map((flow) => [name, flow]))).toEqual([
      ['node-3', { hop: 'pod', source: '10.244.3.7', ...wanted }],
      [owner, { hop: 'gateway', source: transit, ...wanted }],
    ]);
  });

  test('one node for both, where the owner is the Pod’s', () => {
    const owner = plan().explanation.gateway?.owner ?? '';
    const { planned } = plan({ pod: { ...pod, spec: { nodeName: owner } } });
    if (!planned.ok) throw new Error(planned.message);
    expect([...planned.value.flows].map(([name, flows]) => [name, flows.map(({ hop }) => hop)])).toEqual([
      [owner, ['pod', 'gateway']],
    ]);
  });

  test('the Pod’s alone, where no Gateway takes it', () => {
    const { planned } = plan({}, { ...quiet, routes: [] });
    if (!planned.ok) throw new Error(planned.message);
    expect([[...planned.value.flows.keys()], planned.value.owner]).toEqual([['node-3'], undefined]);
  });
});

describe('what cannot be followed', () => {
  test.each([
    [{ nodeName: 'node-3', hostNetwork: true }, ['192.0.2.13'], /is on its node's own network/],
    [{}, ['10.244.3.7'], /is on no node yet/],
    [{ nodeName: 'node-3' }, [], /has no IPv4 address, and sends nothing to 203\.0\.113\.7/],
    [{ nodeName: 'node-3' }, ['2001:db8::7'], /has no IPv4 address/],
  ])('%j %j', (spec, podIPs, message) => {
    const { planned } = plan({ pod: { ...pod, spec, status: { phase: 'Running', podIPs } } });
    expect(planned).toMatchObject({ ok: false, message: expect.stringMatching(message) });
  });
});

test('an identity’s number names its Gateway', () => {
  const id = quiet.placements[0]?.spec.identities[0]?.id ?? 0;
  expect([gatewayOf(quiet, id), gatewayOf(quiet, 7_000)]).toEqual(['platform/partners', undefined]);
});
