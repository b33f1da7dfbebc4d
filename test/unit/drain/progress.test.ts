import { expect, test } from 'vitest';
import { drainNode } from '../../../src/drain/drain-node.ts';
import { heldBy } from '../../../src/drain/progress.ts';
import { setDrainTaint } from '../../../src/drain/taint.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeKubeClient, refuse } from '../../support/fake-kube-client.ts';

const placement = (name: string, owner: string | undefined, candidates: readonly (readonly [string, number])[]) => ({
  metadata: { name: `uid-${name}`, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    gateway: { namespace: 'shop', name },
    egressClass: 'egress',
    group: 1,
    tunnelAddress: '198.19.255.241',
    identities: [],
    network: { name: 'default' },
    failover: { advertMilliseconds: 100, preempt: false, virtualRouterId: 1 },
    candidates: candidates.map(([node, priority]) => ({ node, address: '192.0.2.1', priority })),
  },
  ...(owner === undefined ? {} : { status: { owner, conditions: [] } }),
});
const handingOver = placement('a', 'node-1', [
  ['node-1', 190],
  ['node-2', 200],
]);

test('a node holds what it is said to own, and what nobody is said to own but it would be first for', () => {
  const placements = [
    placement('d', 'node-2', [
      ['node-1', 190],
      ['node-2', 200],
    ]),
    placement('c', undefined, [
      ['node-1', 200],
      ['node-2', 190],
    ]),
    placement('b', 'node-1', [['node-1', 200]]),
    handingOver,
    placement('e', 'node-1', [
      ['node-1', 200],
      ['node-2', 190],
    ]),
  ];
  expect(heldBy('node-1', placements).map(({ name, why }) => `${name}: ${why}`)).toEqual([
    'a: node-2 is to take it over',
    'b: no other node can own it',
    'c: nobody is to take it over yet: no other candidate is Ready and stays, or no controller runs',
    'e: nobody is to take it over yet: no other candidate is Ready and stays, or no controller runs',
  ]);
  expect(heldBy('node-3', placements)).toEqual([]);
});

test('what a node had it holds until somebody else is said to own it', () => {
  const between = placement('a', undefined, [
    ['node-2', 210],
    ['node-1', 200],
  ]);
  expect(heldBy('node-1', [between])).toEqual([]);
  expect(heldBy('node-1', [between], new Set(['shop/a'])).map(({ name }) => name)).toEqual(['a']);
});

const nodePath = '/api/v1/nodes/node-1';
const worldWith = (taints: readonly object[]) => {
  const client = createFakeKubeClient();
  client.objects.set(nodePath, {
    metadata: { name: 'node-1', resourceVersion: '1' },
    spec: { taints },
  } as unknown as KubeObject);
  const taintKeys = () =>
    ((client.objects.get(nodePath) as unknown as { spec: { taints: { key: string }[] } }).spec.taints ?? []).map(
      ({ key }) => key,
    );
  return { client, taintKeys };
};
const { signal } = new AbortController();

test("the taint is set and removed beside others', once, and again when somebody else wrote meanwhile", async () => {
  const { client, taintKeys } = worldWith([{ key: 'other', effect: 'NoExecute' }]);
  let conflicts = 1;
  client.before = (request) => {
    if (request.method === 'PATCH' && conflicts-- > 0) throw refuse(request, 409, 'Conflict');
  };
  expect(await setDrainTaint(client, 'node-1', { wanted: true, signal })).toBe(true);
  expect(taintKeys()).toEqual(['other', 'sallyport.dev/drain']);
  expect(await setDrainTaint(client, 'node-1', { wanted: true, signal })).toBe(false);
  expect(await setDrainTaint(client, 'node-1', { wanted: false, signal })).toBe(true);
  expect(taintKeys()).toEqual(['other']);
  expect(await setDrainTaint(client, 'node-1', { wanted: false, signal })).toBe(false);
});

test('a drain ends when the node owns nothing, or when the time is up; then the taint stays', async () => {
  const { client, taintKeys } = worldWith([]);
  const clock = createFakeClock();
  const listPath = '/apis/sallyport.dev/v1alpha1/egressplacements';
  let items = [handingOver];
  const request = client.request.bind(client);
  const listing = {
    ...client,
    request: async (asked: Parameters<typeof request>[0]) =>
      asked.path === listPath
        ? { status: 200, body: { metadata: { resourceVersion: '1' }, items } }
        : await request(asked),
  };
  const drain = (timeoutMs: number, onMoved: (name: string) => void) =>
    drainNode({
      client: listing,
      clock,
      node: 'node-1',
      timeoutMs,
      signal,
      onMoved: ({ name, owner }) => onMoved(`${name} ${owner}`),
    });
  const told: string[] = [];
  const draining = drain(10_000, (text) => told.push(text));
  await clock.advance(1_000);
  expect(told).toEqual([]);
  // The old owner said that it is none any more, the new one nothing yet.
  items = [
    placement('a', undefined, [
      ['node-2', 210],
      ['node-1', 200],
    ]),
  ];
  await clock.advance(1_000);
  expect(told).toEqual([]);
  items = [
    placement('a', 'node-2', [
      ['node-2', 200],
      ['node-1', 190],
    ]),
  ];
  await clock.advance(1_000);
  expect(await draining).toMatchObject({ drained: true, moved: [{ name: 'a', owner: 'node-2' }], held: [] });
  expect(told).toEqual(['a node-2']);
  items = [handingOver];
  const stuck = drain(500, () => {});
  await clock.advance(1_000);
  expect(await stuck).toMatchObject({ drained: false, held: [{ name: 'a', why: 'node-2 is to take it over' }] });
  expect(taintKeys()).toEqual(['sallyport.dev/drain']);
});
