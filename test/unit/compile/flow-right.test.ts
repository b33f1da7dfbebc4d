import { expect, test } from 'vitest';
import { flowJudge, type PodFlow } from '../../../src/compile/flow-right.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import type { GatewayRule } from '../../../src/compile/select-rules.ts';

const plan = { clusterRanges: ['10.0.0.0/8'], egressAddresses: ['192.0.2.100'] } as unknown as NodePlan;
const rule = (gatewayUid: string, part: Partial<GatewayRule> = {}): GatewayRule => ({
  gatewayUid,
  route: { kind: 'EgressRoute', namespace: 'shop', name: gatewayUid },
  created: '2026-01-01T00:00:00Z',
  rule: 0,
  match: 0,
  ...part,
});
const rules = [
  rule('a', {
    destinations: [{ cidr: '203.0.113.0/24', except: ['203.0.113.128/25'] }],
    ports: [{ protocol: 'TCP', port: 443 }],
  }),
  rule('b', { destinations: [{ cidr: '203.0.113.0/24' }] }),
];
const identities = new Map([
  ['a', new Set([513])],
  ['b', new Set([514])],
]);
const judge = flowJudge(plan, new Map([['10.1.0.5', { rules, identities }]]));
const flow = (part: Partial<PodFlow>): PodFlow => ({
  source: '10.1.0.5',
  destination: '203.0.113.5',
  protocol: 6,
  port: 443,
  id: 0,
  ...part,
});

const cases: readonly [string, Partial<PodFlow>, string][] = [
  ['through the winner', { id: 513 }, 'keep'],
  ['through a Gateway that another rule still allows', { id: 514 }, 'keep'],
  ['through a Gateway that only other ports allow', { id: 513, port: 80 }, 'right-lost'],
  ['through a Gateway for an excepted destination', { id: 513, destination: '203.0.113.200' }, 'right-lost'],
  ['through an identity that is gone', { id: 600 }, 'right-lost'],
  ['marked, of a Pod that is selected no more', { id: 513, source: '10.1.0.6' }, 'right-lost'],
  ['marked, without ports, by a rule with ports', { id: 513, protocol: 1 }, 'right-lost'],
  ['unmarked to a destination of a rule', {}, 'left-before-selected'],
  ['unmarked to no destination of a rule', { destination: '198.51.100.1' }, 'keep'],
  ['unmarked to the cluster', { destination: '10.9.9.9' }, 'keep'],
  ['unmarked to an egress address', { destination: '192.0.2.100' }, 'keep'],
  ['unmarked, of a Pod that nothing selects', { source: '10.1.0.6' }, 'keep'],
];

test.each(cases)('%s', (_name, part, verdict) => {
  expect(judge(flow(part))).toBe(verdict);
});
