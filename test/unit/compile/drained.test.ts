import { expect, test } from 'vitest';
import type { Node } from '../../../src/api/core.ts';
import type { EgressNode } from '../../../src/api/kinds.ts';
import type { Condition } from '../../../src/api/meta.ts';
import { drainTaint } from '../../../src/api/names.ts';
import { planDrained } from '../../../src/compile/drained.ts';
import type { PlacementPlan } from '../../../src/compile/egress-plan.ts';
import { newScribe } from '../../../src/compile/scribe.ts';
import { meta, node, now } from '../../support/objects.ts';

const cordoned = (name: string): Node => ({ ...node(name, '192.0.2.1'), spec: { unschedulable: true } });
const tainted = (name: string): Node => ({
  ...node(name, '192.0.2.1'),
  spec: { taints: [{ key: drainTaint, effect: 'NoSchedule' }] },
});
const egressNode = (name: string, conditions?: readonly Condition[]): EgressNode => ({
  metadata: meta(name),
  spec: { index: 1, uid: `uid-${name}`, addresses: ['192.0.2.1'], tunnelMAC: '02:ec:00:00:00:01' },
  ...(conditions === undefined ? {} : { status: { conditions } }),
});
const placement = (name: string, candidates: readonly string[], owner?: string): PlacementPlan => {
  const spec = {
    gateway: { namespace: 'shop', name },
    candidates: candidates.map((candidate, n) => ({ node: candidate, address: '192.0.2.1', priority: 200 - 10 * n })),
  };
  return { name, spec, status: owner === undefined ? {} : { owner } } as unknown as PlacementPlan;
};
const plan = (nodes: readonly Node[], egressNodes: readonly EgressNode[], placements: readonly PlacementPlan[]) =>
  planDrained({ nodes, egressNodes }, placements, newScribe(now)).map(({ name, status }) => [
    name,
    ...status.conditions.map(({ status: is, reason, message }) => `${is} ${reason}: ${message}`),
  ]);

const one = [egressNode('node-1'), egressNode('node-2')];

test('nothing is said of a node that stays', () => {
  expect(plan([node('node-1', '192.0.2.1')], one, [placement('a', ['node-1', 'node-2'], 'node-1')])).toEqual([]);
});

test.each([
  ['cordoned', cordoned('node-1')],
  ['with the taint of `sallyport drain`', tainted('node-1')],
])('a node that is %s names what it owns until it owns nothing', (_, leaving) => {
  const owned = [placement('a', ['node-1', 'node-2'], 'node-1'), placement('b', ['node-1'], 'node-1')];
  expect(plan([leaving], one, owned)).toEqual([
    [
      'node-1',
      'False HandingOver: still on this node: shop/a (node-2 is to take it over), shop/b (no other node can own it)',
    ],
  ]);
  const gone = [placement('a', ['node-1', 'node-2'], 'node-2'), placement('b', ['node-2'])];
  expect(plan([leaving], one, gone)).toEqual([
    ['node-1', 'True HandedOver: no Gateway has its addresses on this node'],
  ]);
});

test('between the last word of one owner and the first of the next it is not drained', () => {
  expect(plan([cordoned('node-1')], one, [placement('a', ['node-2', 'node-1'])])).toEqual([
    ['node-1', 'False HandingOver: still on this node: shop/a (node-2 is to take it over)'],
  ]);
});

test('no more than five Gateways are named', () => {
  const many = Array.from({ length: 8 }, (_, n) => placement(`g${n}`, ['node-1', 'node-2'], 'node-1'));
  const [[, text = ''] = []] = plan([cordoned('node-1')], one, many);
  expect(text).toMatch(/shop\/g4 \(node-2 is to take it over\), and 3 more$/);
});

test('whoever stays after all loses the condition; an EgressNode of an earlier Node of that name says nothing', () => {
  const before: Condition = {
    ...{ type: 'Drained', status: 'True', reason: 'HandedOver', message: '', observedGeneration: 1 },
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  expect(plan([node('node-1', '192.0.2.1')], [egressNode('node-1', [before])], [])).toEqual([['node-1']]);
  const other: Node = { ...cordoned('node-1'), metadata: meta('node-1', { uid: 'another' }) };
  expect(plan([other], one, [])).toEqual([]);
});
