import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createObject } from '../../src/kube/apply.ts';
import { isGone, type KubeClient } from '../../src/kube/client.ts';
import type { ResourceRef } from '../../src/kube/resource.ts';
import { type Clock, systemClock } from '../../src/platform/clock.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { dropItem, eventually, listItems, putItem, startMirror } from '../support/config-maps.ts';
import { type HttpFault, type SeenRequest, startHttpFaultProxy, startTcpFaultProxy } from '../support/fault-proxy.ts';
import { loadTestClient } from '../support/kube-client.ts';

let server: ApiServer;
let admin: KubeClient & AsyncDisposable;

beforeAll(async () => {
  server = await startApiServer();
  admin = await loadTestClient(server);
}, 60_000);
afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

const namespaces: ResourceRef = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};
/** The system's clock, but nobody sleeps for longer than 50 ms: back-off is tested elsewhere. */
const impatient: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 50), signal) };

let count = 0;
async function newNamespace(): Promise<string> {
  const name = `reflector-${++count}`;
  await createObject(admin, namespaces, { metadata: { name } });
  return name;
}

/** Creates, changes and deletes ConfigMaps for a while; deterministic. */
async function churn(
  namespace: string,
  rounds: number,
  between: () => Promise<unknown> = () => delay(5),
): Promise<void> {
  for (let i = 0; i < rounds; i++) {
    const name = `item-${(i * 7) % 13}`;
    if (i % 4 === 3) await dropItem(admin, namespace, name);
    else await putItem(admin, namespace, name, `${i}`);
    await between();
  }
}

async function expectEqual(mirror: ReturnType<typeof startMirror>, namespace: string): Promise<void> {
  await eventually(async () => expect(mirror.items()).toEqual(await listItems(admin, namespace)));
}

test('streams the list, then every change', { timeout: 60_000 }, async () => {
  const namespace = await newNamespace();
  for (const name of ['a', 'b', 'c']) await putItem(admin, namespace, name, '1');
  await using mirror = startMirror(admin, namespace);
  await mirror.store.waitSynced(AbortSignal.timeout(5000));
  expect(mirror.items()).toContain('b=1');
  await putItem(admin, namespace, 'b', '2');
  await dropItem(admin, namespace, 'a');
  await eventually(() => expect(mirror.changes.slice(-2)).toEqual(['b=2', 'a gone']));
  await expectEqual(mirror, namespace);
  expect(mirror.states.map((state) => state.kind)).toEqual(['listing', 'watching']);
  expect(mirror.states.at(-1)).toMatchObject({ synced: true, failures: 0, lastSeen: expect.any(Number) });
});

test('the fallback without streaming lists reads pages', { timeout: 60_000 }, async () => {
  const namespace = await newNamespace();
  for (let i = 0; i < 5; i++) await putItem(admin, namespace, `item-${i}`, '1');
  const refuse = ({ query }: SeenRequest): HttpFault | undefined =>
    query.has('sendInitialEvents')
      ? { kind: 'answer', status: 422, body: '{"kind":"Status","reason":"Invalid"}' }
      : undefined;
  await using proxy = await startHttpFaultProxy(server, refuse);
  await using client = await loadTestClient(server, { url: proxy.url });
  await using mirror = startMirror(client, namespace);
  await mirror.store.waitSynced(AbortSignal.timeout(5000));
  await expectEqual(mirror, namespace);
  await putItem(admin, namespace, 'item-9', '9');
  await expectEqual(mirror, namespace);
  expect(mirror.states.some((state) => state.kind === 'waiting')).toBe(false);
});

test('cut fifty times while objects churn: nothing lost, nothing shrinks', { timeout: 60_000 }, async () => {
  const namespace = await newNamespace();
  await using proxy = await startTcpFaultProxy(server);
  await using client = await loadTestClient(server, { url: `https://127.0.0.1:${proxy.port}` });
  for (let i = 0; i < 20; i++) await putItem(admin, namespace, `kept-${i}`, '1');
  await using mirror = startMirror(client, namespace);
  await mirror.store.waitSynced(AbortSignal.timeout(5000));
  let cuts = 0;
  await churn(namespace, 250, async () => {
    if (++cuts % 5 === 0) proxy.cut();
    await delay(8);
  });
  await expectEqual(mirror, namespace);
  expect(mirror.leastSize()).toBeGreaterThanOrEqual(20);
  const reconnects = mirror.states.filter((state) => state.kind === 'waiting').length;
  expect(reconnects).toBeGreaterThan(5);
  expect(mirror.states.filter((state) => state.kind === 'listing').length).toBe(1);
});

test('a stalled connection is given up after the inactivity limit; the next one resumes', {
  timeout: 60_000,
}, async () => {
  const namespace = await newNamespace();
  await using proxy = await startTcpFaultProxy(server);
  await using client = await loadTestClient(server, { url: `https://127.0.0.1:${proxy.port}` });
  await using mirror = startMirror(client, namespace, { inactivityMs: 1000 });
  await mirror.store.waitSynced(AbortSignal.timeout(5000));
  proxy.stall();
  await putItem(admin, namespace, 'late', '1');
  await delay(300);
  expect(mirror.store.get(`${namespace}/late`)).toBeUndefined();
  proxy.heal();
  await expectEqual(mirror, namespace);
  expect(mirror.states.filter((state) => state.kind === 'watching').length).toBeGreaterThan(1);
});

test('refused connections are retried without end, and the old contents stay', { timeout: 60_000 }, async () => {
  const namespace = await newNamespace();
  await putItem(admin, namespace, 'kept', '1');
  await using proxy = await startTcpFaultProxy(server);
  await using client = await loadTestClient(server, { url: `https://127.0.0.1:${proxy.port}` });
  await using mirror = startMirror(client, namespace, { random: () => 0 });
  await mirror.store.waitSynced(AbortSignal.timeout(5000));
  proxy.refuse();
  await eventually(() => expect(mirror.states.at(-1)?.failures).toBeGreaterThan(3));
  expect(mirror.store.get(`${namespace}/kept`)?.value).toBe('1');
  await putItem(admin, namespace, 'kept', '2');
  proxy.heal();
  await expectEqual(mirror, namespace);
});

test('an expired resourceVersion: what vanished meanwhile is deleted, the rest is never missing', {
  timeout: 60_000,
}, async () => {
  const namespace = await newNamespace();
  for (let i = 0; i < 20; i++) await putItem(admin, namespace, `item-${i}`, '1');
  await using proxy = await startHttpFaultProxy(server, ({ query, index }) => {
    if (query.has('sendInitialEvents')) return index === 0 ? undefined : { kind: 'delay', ms: 300 };
    return { kind: 'answer', status: 410, body: status(410, 'Expired') };
  });
  await using client = await loadTestClient(server, { url: proxy.url });
  await using mirror = startMirror(client, namespace);
  await mirror.store.waitSynced(AbortSignal.timeout(5000));
  proxy.cut();
  for (let i = 0; i < 5; i++) await dropItem(admin, namespace, `item-${i}`);
  await putItem(admin, namespace, 'item-9', '2');
  await expectEqual(mirror, namespace);
  expect(mirror.leastSize()).toBe(15);
  expect(mirror.changes.slice(20).sort()).toEqual([0, 1, 2, 3, 4].map((i) => `item-${i} gone`).concat('item-9=2'));
  expect(mirror.states.filter((state) => state.kind === 'listing')).toHaveLength(2);
});

const status = (code: number, reason: string) =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', code, reason, message: 'as told' });
const faults: readonly (readonly [string, (request: SeenRequest) => HttpFault | undefined])[] = [
  [
    '429 on everything',
    () => ({ kind: 'answer', status: 429, body: status(429, 'TooManyRequests'), headers: { 'retry-after': '0' } }),
  ],
  ['500 with a raw body', () => ({ kind: 'answer', status: 500, body: 'oh no' })],
  ['410 on everything', () => ({ kind: 'answer', status: 410, body: status(410, 'Expired') })],
  ['200 with garbage', () => ({ kind: 'answer', status: 200, body: '<html>\n{"half":\n' })],
  ['200 and nothing', () => ({ kind: 'answer', status: 200, body: '' })],
  ['garbage inside a stream', () => ({ kind: 'inject', afterBytes: 100, text: '\n{"type":"ADDED","object":\n' })],
  [
    'an ERROR event',
    () => ({ kind: 'inject', afterBytes: 0, text: `{"type":"ERROR","object":${status(410, 'Expired')}}\n` }),
  ],
  ['cut after some bytes', () => ({ kind: 'cut', afterBytes: 300 })],
];

test.each(faults)('survives %s, on lists and watches', { timeout: 60_000 }, async (_, fault) => {
  const namespace = await newNamespace();
  for (let i = 0; i < 4; i++) await putItem(admin, namespace, `item-${i}`, '1');
  let faulty = true;
  await using proxy = await startHttpFaultProxy(server, (request) => (faulty ? fault(request) : undefined));
  await using client = await loadTestClient(server, { url: proxy.url });
  await using mirror = startMirror(client, namespace, { random: () => 0 });
  await eventually(() => expect(mirror.states.filter((state) => state.kind === 'waiting').length).toBeGreaterThan(2));
  faulty = false;
  await expectEqual(mirror, namespace);
  // And once more in the middle of life.
  faulty = true;
  await putItem(admin, namespace, 'item-1', '2');
  await dropItem(admin, namespace, 'item-2');
  await using kicked = startMirror(client, namespace, { random: () => 0 });
  await eventually(() => expect(kicked.states.filter((state) => state.kind === 'waiting').length).toBeGreaterThan(1));
  faulty = false;
  await expectEqual(mirror, namespace);
  await expectEqual(kicked, namespace);
});

test('a restarted API server: real 410, real churn meanwhile, equal in the end', { timeout: 90_000 }, async () => {
  const namespace = await newNamespace();
  for (let i = 0; i < 10; i++) await putItem(admin, namespace, `kept-${i}`, '1');
  await using proxy = await startTcpFaultProxy(server);
  await using client = await loadTestClient(server, { url: `https://127.0.0.1:${proxy.port}` });
  await using mirror = startMirror(client, namespace, { clock: impatient });
  await mirror.store.waitSynced(AbortSignal.timeout(5000));
  proxy.refuse(); // no word gets through, so that its resourceVersion is too old afterwards
  await churn(namespace, 40);
  await server.restart();
  await dropItem(admin, namespace, 'kept-3');
  proxy.heal();
  await expectEqual(mirror, namespace);
  expect(mirror.states.some((state) => state.kind === 'waiting' && isGone(state.error))).toBe(true);
  expect(mirror.leastSize()).toBeGreaterThanOrEqual(9);
  await churn(namespace, 20);
  await expectEqual(mirror, namespace);
});

test('an optional kind that is not served is synced and empty, and found when it appears', {
  timeout: 60_000,
}, async () => {
  const namespace = await newNamespace();
  await putItem(admin, namespace, 'a', '1');
  let served = false;
  await using proxy = await startHttpFaultProxy(server, () =>
    served ? undefined : { kind: 'answer', status: 404, body: '404 page not found\n' },
  );
  await using client = await loadTestClient(server, { url: proxy.url });
  await using mirror = startMirror(client, namespace, {
    optional: true,
    clock: impatient,
  });
  await mirror.store.waitSynced(AbortSignal.timeout(5000));
  expect(mirror.states.at(-1)).toMatchObject({ kind: 'absent', synced: true });
  served = true;
  await expectEqual(mirror, namespace);
});
