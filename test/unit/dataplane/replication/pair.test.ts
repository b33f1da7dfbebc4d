import { expect, test } from 'vitest';
import type { NodePlan } from '../../../../src/compile/node-plan.ts';
import { pairsOf } from '../../../../src/dataplane/replication/pair.ts';

const vrrp = { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
const candidate = (n: number, address = `192.0.2.1${n}`) => ({ node: `node-${n}`, address, priority: 200 - n });
const planOf = (self: number, ...candidates: readonly ReturnType<typeof candidate>[]) =>
  ({
    node: { name: `node-${self}` },
    tunnel: { port: 8479 },
    groups: [
      {
        group: 3,
        tunnel: '198.19.255.243',
        candidates,
        ...(candidates.some(({ node }) => node === `node-${self}`) ? { vrrp } : {}),
      },
    ],
  }) as unknown as NodePlan;

test('the first two candidates replicate with one another, on a port of the group', () => {
  const pair = { group: 3, port: 8483 };
  expect(pairsOf(planOf(1, candidate(1), candidate(2), candidate(3)))).toEqual([
    { ...pair, own: '192.0.2.11', peer: '192.0.2.12' },
  ]);
  expect(pairsOf(planOf(2, candidate(1), candidate(2), candidate(3)))).toEqual([
    { ...pair, own: '192.0.2.12', peer: '192.0.2.11' },
  ]);
});

test('the port is never that of the tunnel', () => {
  const plan = planOf(1, candidate(1), candidate(2));
  expect(pairsOf({ ...plan, tunnel: { ...plan.tunnel, port: 8483 } })).toMatchObject([{ port: 8480 }]);
});

test('a third candidate, one without a peer, a node that is none, and one of another family do not', () => {
  expect(pairsOf(planOf(3, candidate(1), candidate(2), candidate(3)))).toEqual([]);
  expect(pairsOf(planOf(1, candidate(1)))).toEqual([]);
  expect(pairsOf(planOf(4, candidate(1), candidate(2)))).toEqual([]);
  expect(pairsOf(planOf(1, candidate(1), candidate(2, '2001:db8::2')))).toEqual([]);
});

test('the two that the placement names do, wherever they stand', () => {
  const named = (self: number) => {
    const plan = planOf(self, candidate(1), candidate(2), candidate(3));
    return { ...plan, groups: plan.groups.map((group) => ({ ...group, replication: ['node-2', 'node-3'] })) };
  };
  expect(pairsOf(named(1))).toEqual([]);
  expect(pairsOf(named(2))).toMatchObject([{ own: '192.0.2.12', peer: '192.0.2.13' }]);
  expect(pairsOf(named(3))).toMatchObject([{ own: '192.0.2.13', peer: '192.0.2.12' }]);
});
