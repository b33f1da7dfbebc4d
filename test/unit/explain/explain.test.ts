import { describe, expect, test } from 'vitest';
import type { Pod } from '../../../src/api/pod.ts';
import { mostDestinations } from '../../../src/compile/profile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { explain } from '../../../src/explain/explain.ts';
import type { Question } from '../../../src/explain/question.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { clusterRoute, egressClass, gateway, meta, namespace, node, route, snapshot } from '../../support/objects.ts';

const both = ['EgressRoute', 'ClusterEgressRoute'].map((kind) => ({ group: 'sallyport.dev', kind }));
const open = [
  {
    name: 'egress',
    port: 1,
    protocol: 'sallyport.dev/IP',
    allowedRoutes: { kinds: both, namespaces: { from: 'All' as const } },
  },
];
const start: Partial<Snapshot> = {
  gateways: [gateway('platform/partners', { listeners: open }), gateway('platform/default', { listeners: open })],
  routes: [
    route('shop/payments', 'platform/partners', {
      rules: [
        {
          name: 'stripe',
          matches: [
            {
              podSelector: { matchLabels: { app: 'pay' } },
              destinations: [{ cidr: '203.0.113.0/24', except: ['203.0.113.128/25'] }],
              ports: [{ protocol: 'TCP', port: 443 }],
            },
          ],
        },
      ],
    }),
  ],
  clusterRoutes: [clusterRoute('everything', 'platform/default')],
  nodes: [node('node-1', '192.0.2.11'), node('node-2', '192.0.2.12'), node('node-3', '192.0.2.13')],
};
const quiet = settleAll(snapshot(start)).snapshot;
const pod: Pod = {
  metadata: meta('shop/pay-1', { labels: { app: 'pay' } }),
  spec: { nodeName: 'node-3' },
  status: { phase: 'Running', podIPs: ['10.244.3.7'] },
};
const ask = (to: string, more: Partial<Question> = {}, of: Snapshot = quiet) => {
  const destination = parseIp(to);
  if (destination === undefined) throw new Error(to);
  return explain(of, { pod, namespace: namespace('shop'), destination, protocol: 'TCP', port: 443, ...more });
};

describe('a packet', () => {
  test('of a Pod whose rules do not fit into a node leaves by none of them', () => {
    const destinations = Array.from({ length: mostDestinations + 1 }, (_, n) => ({
      cidr: `11.${n >> 15}.${(n >> 7) & 255}.${(2 * n) & 255}/32`,
    }));
    const many = route('shop/many', 'platform/partners', { rules: [{ matches: [{ destinations }] }] });
    const { snapshot: full } = settleAll(snapshot({ ...start, routes: [...(start.routes ?? []), many] }));
    const { outcome, why } = ask('203.0.113.7', {}, full);
    expect(outcome).toBe('dropped');
    expect(why).toMatch(/^Pod shop\/pay-1 sends nothing to the outside: the rules that select it name 3277\d ranges/);
  });

  test('that a route takes leaves as its Gateway, and what comes next is told', () => {
    const { outcome, source, why, gateway: taken, applying, ...rest } = ask('203.0.113.7');
    expect(rest).toMatchObject({ pod: 'shop/pay-1', node: 'node-3', packet: '203.0.113.7 TCP 443' });
    expect([outcome, source]).toEqual(['leaves', '192.0.2.101']);
    expect(why).toBe('EgressRoute shop/payments, stripe, leads to Gateway platform/partners');
    expect(taken).toMatchObject({ gateway: 'platform/partners', gatewayClass: 'egress', onPodNode: 'applied' });
    expect(taken?.programmed).toMatchObject({ status: 'True', reason: 'Programmed' });
    expect([taken?.owner, ...(taken?.standbys ?? [])]).toHaveLength(2);
    expect(applying).toEqual([
      {
        route: 'EgressRoute shop/payments',
        rule: 'stripe',
        match: 0,
        destination: '203.0.113.0/24',
        gateway: 'platform/partners',
        before: 'an EgressRoute comes before a ClusterEgressRoute',
      },
      {
        route: 'ClusterEgressRoute everything',
        rule: 'rules[0]',
        match: 0,
        destination: '0.0.0.0/0',
        gateway: 'platform/default',
      },
    ]);
  });

  test('that it does not take says what would have to be otherwise', () => {
    const { source, others } = ask('203.0.113.200', { port: 80 });
    expect(source).toBe('192.0.2.100');
    expect(others).toEqual([
      {
        route: 'EgressRoute shop/payments',
        rule: 'stripe',
        match: 0,
        unmet: [
          '203.0.113.200 must not be excepted from 203.0.113.0/24 (it is in 203.0.113.128/25)',
          'it must go to TCP 443 (it is TCP 80)',
        ],
      },
    ]);
  });

  test('inside the cluster is no egress', () => {
    expect(ask('192.0.2.12')).toMatchObject({
      outcome: 'inside',
      why: expect.stringContaining('192.0.2.12 is inside the cluster'),
    });
  });

  test('to an egress address ends nowhere', () => {
    expect(ask('192.0.2.101')).toMatchObject({ outcome: 'dropped', why: expect.stringContaining('egress address') });
  });

  test('of a family that the Gateway has no address of is dropped', () => {
    const { outcome, why } = ask('2001:db8:9::1');
    expect([outcome, why]).toEqual([
      'dropped',
      'ClusterEgressRoute everything, rules[0], leads to Gateway platform/default, which has no IPv6 address',
    ]);
  });

  test('while nobody owns the addresses is dropped, and the reason is the Gateway’s', () => {
    const reports = quiet.reports.map((report) => ({ ...report, status: { ...report.status, groups: [] } }));
    const { outcome, why } = ask('203.0.113.7', {}, { ...quiet, reports });
    expect(outcome).toBe('dropped');
    expect(why).toMatch(/it does not work yet: .*to own failover group/);
  });
});

describe('a Pod', () => {
  test("on its node's network is left alone", () => {
    const { outcome, why } = ask('203.0.113.7', { pod: { ...pod, spec: { ...pod.spec, hostNetwork: true } } });
    expect([outcome, why]).toEqual(['untouched', "the Pod is on its node's own network: no rule selects it"]);
  });

  test('that has ended sends nothing', () => {
    const ended = { ...pod, status: { ...pod.status, phase: 'Succeeded' } };
    expect(ask('203.0.113.7', { pod: ended })).toMatchObject({ outcome: 'untouched' });
  });

  test('without a route is left alone, or in an isolated namespace stays inside', () => {
    const none = { ...quiet, clusterRoutes: [], routes: [] };
    expect(ask('203.0.113.7', {}, none)).toMatchObject({ outcome: 'untouched', applying: [], others: [] });
    const isolated = { ...none, egressClasses: [egressClass({ isolation: { namespaceSelector: {} } })] };
    expect(ask('203.0.113.7', {}, isolated)).toMatchObject({
      outcome: 'dropped',
      why: expect.stringContaining('namespace shop is isolated'),
    });
  });
});
