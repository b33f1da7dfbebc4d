import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  applyObject,
  createObject,
  deleteObject,
  getObject,
  listObjects,
  mergePatch,
  updateStatusWithRetry,
} from '../../src/kube/apply.ts';
import {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isNotFound,
  isTooManyRequests,
  type KubeClient,
  loadClient,
} from '../../src/kube/client.ts';
import { credentialsMaxAgeMs } from '../../src/kube/credentials.ts';
import { createEventRecorder, eventResource } from '../../src/kube/events.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { ResourceRef } from '../../src/kube/resource.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { configMaps } from '../support/config-maps.ts';
import { startHttpFaultProxy, startTcpFaultProxy } from '../support/fault-proxy.ts';
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

const at = (name: string) => ({ namespace: 'default', name });
const pods: ResourceRef = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const namespaces: ResourceRef = {
  group: '',
  version: 'v1',
  plural: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
};

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error;
}

test('server-side apply: own fields, conflicts by name, force, dry run', async () => {
  const apply = (fieldManager: string, data: object, options = {}) =>
    applyObject(admin, configMaps, { metadata: at('ssa'), data }, { fieldManager, ...options });
  await apply('one', { a: '1', b: '1' });
  const error = await failure(apply('two', { a: '2' }));
  expect(isConflict(error)).toBe(true);
  expect(error.message).toMatch(
    /^PATCH \/api\/v1\/namespaces\/default\/configmaps\/ssa: 409 Conflict: .*"one".*\.data\.a/,
  );
  expect(await apply('two', { a: '2' }, { force: true, dryRun: true })).toMatchObject({ data: { a: '2' } });
  expect(await getObject(admin, configMaps, at('ssa'))).toMatchObject({ data: { a: '1', b: '1' } });
  expect(await apply('two', { a: '2' }, { force: true })).toMatchObject({ data: { a: '2', b: '1' } });
  expect(await apply('one', { b: '1' })).toMatchObject({ data: { a: '2', b: '1' } });
});

test('merge patch keeps what it does not name; an old resourceVersion is a conflict', async () => {
  const { metadata } = await createObject(admin, configMaps, {
    metadata: at('merge'),
    data: { a: '1', b: '1' },
  });
  const { resourceVersion } = metadata;
  expect(
    await mergePatch(admin, configMaps, at('merge'), { data: { a: null, c: '3' } }, { resourceVersion }),
  ).toMatchObject({
    data: { b: '1', c: '3' },
  });
  const error = await failure(mergePatch(admin, configMaps, at('merge'), { data: { d: '4' } }, { resourceVersion }));
  expect([error.code, isConflict(error), isAlreadyExists(error)]).toEqual([409, true, false]);
  expect(isAlreadyExists(await failure(createObject(admin, configMaps, { metadata: at('merge') })))).toBe(true);
});

test('status updates of many writers at once lose nothing', { timeout: 30_000 }, async () => {
  const spec = { containers: [{ name: 'c', image: 'i' }] };
  await createObject(
    admin,
    { ...namespaces, plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true },
    { metadata: at('default') },
  );
  await createObject(admin, pods, { metadata: at('status'), spec });
  const stale = await getObject(admin, pods, at('status'));
  const conditionsOf = (pod: KubeObject) => (pod['status'] as { conditions?: { type: string }[] }).conditions ?? [];
  const write = (type: string) =>
    updateStatusWithRetry(
      { client: admin, resource: pods, object: at('status') },
      (current) => {
        const others = conditionsOf(current).filter((condition) => condition.type !== type);
        if (others.length < conditionsOf(current).length) return undefined;
        return { conditions: [...others, { type, status: 'True' }] };
      },
      { current: stale, attempts: 20 },
    );
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => write(`test/${name}`)));
  const types = conditionsOf(await getObject(admin, pods, at('status'))).map((condition) => condition.type);
  expect(types.sort()).toEqual(['a', 'b', 'c', 'd', 'e'].map((name) => `test/${name}`));
  const before = await getObject(admin, pods, at('status'));
  const after = await write('test/a');
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion); // nothing to write, nothing written
});

test('delete with preconditions spares a successor of the same name', async () => {
  const first = await createObject(admin, configMaps, { metadata: at('gone') });
  expect(await deleteObject(admin, configMaps, at('gone'), { uid: String(first.metadata.uid) })).toBe(true);
  expect(await deleteObject(admin, configMaps, at('gone'))).toBe(false);
  await createObject(admin, configMaps, { metadata: at('gone') });
  expect(
    isConflict(await failure(deleteObject(admin, configMaps, at('gone'), { uid: String(first.metadata.uid) }))),
  ).toBe(true);
});

test('lists in pages as one state', async () => {
  const namespace = 'paged';
  await createObject(admin, namespaces, { metadata: { name: namespace } });
  for (let i = 0; i < 11; i++)
    await createObject(admin, configMaps, {
      metadata: { namespace, name: `c${i}`, labels: { odd: `${i % 2}` } },
    });
  const all = await listObjects(admin, configMaps, { namespace, limit: 3 });
  expect(all.items.map((item) => item.metadata.name)).toHaveLength(11);
  expect(Number(all.resourceVersion)).toBeGreaterThan(0);
  expect((await listObjects(admin, configMaps, { namespace, labelSelector: 'odd=1', limit: 2 })).items).toHaveLength(5);
});

test('errors say what, where and why, and never the token', async () => {
  const notFound = await failure(getObject(admin, configMaps, at('no-such')));
  expect(isNotFound(notFound)).toBe(true);
  expect(notFound.message).toBe(
    'GET /api/v1/namespaces/default/configmaps/no-such: 404 NotFound: configmaps "no-such" not found',
  );
  const token = `secret-${randomUUID()}`;
  await using stranger = await loadTestClient(server, { token });
  const unauthorized = await failure(getObject(stranger, configMaps, at('x')));
  expect(unauthorized.code).toBe(401);
  await using nowhere = await loadTestClient(server, { token, url: 'https://127.0.0.1:1' });
  const refused = await failure(getObject(nowhere, configMaps, at('x')));
  expect([refused.code, refused.reason]).toEqual([0, 'Network']);
  expect(refused.message).toContain('ECONNREFUSED');
  for (const error of [unauthorized, refused]) expect(dump(error)).not.toContain(token);
});

function dump(error: unknown): string {
  return `${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${String((error as Error).stack)}`;
}

test('two hundred requests share a handful of connections', { timeout: 30_000 }, async () => {
  await using proxy = await startTcpFaultProxy(server);
  const seen: string[] = [];
  await using client = await loadTestClient(server, {
    url: `https://127.0.0.1:${proxy.port}`,
    onRequest: (verb, path, status, ms) => seen.push(`${verb} ${path} ${status} ${ms >= 0}`),
  });
  for (let i = 0; i < 100; i++) await getObject(client, namespaces, { name: 'default' });
  expect(proxy.accepted).toBeLessThanOrEqual(3);
  await Promise.all(Array.from({ length: 200 }, () => getObject(client, namespaces, { name: 'default' })));
  expect(proxy.accepted).toBeLessThanOrEqual(64);
  expect(new Set(seen)).toEqual(new Set(['GET /api/v1/namespaces/default 200 true']));
  expect(seen).toHaveLength(300);
});

test('waits for Retry-After, a bounded number of times, and only for what may be sent twice', async () => {
  let refusals = 2;
  const tooMany = { kind: 'answer', status: 429, body: 'slow down', headers: { 'retry-after': '1' } } as const;
  await using proxy = await startHttpFaultProxy(server, () => (refusals-- > 0 ? tooMany : undefined));
  const slept: number[] = [];
  const clock = {
    ...systemClock,
    sleep: async (ms: number, signal?: AbortSignal) => {
      if (ms !== 1000) return await systemClock.sleep(ms, signal);
      slept.push(ms);
    },
  };
  await using client = await loadTestClient(server, { url: proxy.url, clock });
  await getObject(client, namespaces, { name: 'default' });
  expect(slept).toEqual([1000, 1000]);
  refusals = 100;
  const error = await failure(getObject(client, namespaces, { name: 'default' }));
  expect([isTooManyRequests(error), error.retryAfterMs, error.statusMessage, slept.length]).toEqual([
    true,
    1000,
    'slow down',
    6,
  ]);
  expect(isTooManyRequests(await failure(createObject(client, configMaps, { metadata: at('never') })))).toBe(true);
  expect(slept).toHaveLength(6);
});

test('timeout and abort are told apart', async () => {
  await using proxy = await startTcpFaultProxy(server);
  await using client = await loadTestClient(server, { url: `https://127.0.0.1:${proxy.port}` });
  proxy.stall();
  const late = await failure(client.request({ method: 'GET', path: '/readyz', timeoutMs: 200 }));
  expect([late.code, late.reason]).toEqual([0, 'Timeout']);
  const abort = new AbortController();
  const request = client.request({ method: 'GET', path: '/readyz', signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(request).rejects.toThrow('enough');
});

test('a rotated token file is read again, at once after a 401', { timeout: 30_000 }, async () => {
  const file = join(server.dir, 'rotating-token');
  const write = async (token: string) => {
    await writeFile(`${file}.new`, `${token}\n`);
    await rename(`${file}.new`, file);
  };
  await write(server.adminToken);
  const kubeconfig = join(server.dir, 'rotating.kubeconfig');
  const cluster = { server: server.url, 'certificate-authority-data': Buffer.from(server.caData).toString('base64') };
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user: { tokenFile: 'rotating-token' } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    }),
  );
  await using client = await loadClient({ kubeconfig, context: 'x', userAgent: 'test' });
  const read = () => getObject(client, namespaces, { name: 'default' });
  await read();
  await write('wrong');
  await read(); // not yet read again
  await using impatient = await loadClient({
    kubeconfig,
    context: 'x',
    userAgent: 'test',
    clock: { ...systemClock, monotonic: () => systemClock.monotonic() * credentialsMaxAgeMs },
  });
  expect((await failure(getObject(impatient, namespaces, { name: 'default' }))).code).toBe(401);
  await write(server.adminToken);
  await getObject(impatient, namespaces, { name: 'default' });
  expect(isForbidden(new Error('x'))).toBe(false);
});

test('an exec plugin gives the token, and its output is in no error', async () => {
  const plugin = async (name: string, output: string) => {
    const kubeconfig = join(server.dir, `${name}.kubeconfig`);
    const cluster = { server: server.url, 'certificate-authority-data': Buffer.from(server.caData).toString('base64') };
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'printf', args: ['%s', output] };
    const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
    const users = [{ name: 'u', user: { exec } }];
    await writeFile(kubeconfig, JSON.stringify({ clusters: [{ name: 'c', cluster }], users, contexts }));
    return await loadClient({ kubeconfig, context: 'x', userAgent: 'test' });
  };
  await using good = await plugin('exec-good', JSON.stringify({ status: { token: server.adminToken } }));
  await getObject(good, namespaces, { name: 'default' });
  await using bad = await plugin('exec-bad', `${server.adminToken}{`);
  const error = await failure(getObject(bad, namespaces, { name: 'default' }));
  expect([error.code, error.reason]).toEqual([0, 'Credentials']);
  expect(`${dump(error)} ${dump(error.cause ?? {})}`).not.toContain(server.adminToken.slice(0, 8));
});

test('a 401 renews the credentials and sends again', async () => {
  let expired = true;
  const status = JSON.stringify({ kind: 'Status', code: 401, reason: 'Unauthorized', message: 'Unauthorized' });
  const kubeconfig = join(server.dir, 'renewed.kubeconfig');
  await using proxy = await startHttpFaultProxy(server, () =>
    expired ? { kind: 'answer', status: 401, body: status } : undefined,
  );
  const config = (token: string) =>
    JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: proxy.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'u', user: { token } }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    });
  await writeFile(kubeconfig, config('old'));
  const onRequest = async (_: string, __: string, code: number) => {
    if (code === 401) expired = false;
  };
  await using client = await loadClient({ kubeconfig, userAgent: 'test', onRequest });
  await writeFile(kubeconfig, config(server.adminToken));
  await getObject(client, namespaces, { name: 'default' });
  expect(proxy.seen).toHaveLength(2);
});

test('events: one object per series, counted', { timeout: 30_000 }, async () => {
  const stop = new AbortController();
  let skipped = 0;
  const clock = { ...systemClock, now: () => Date.now() + skipped, monotonic: () => performance.now() + skipped };
  const dropped: unknown[] = [];
  const recorder = createEventRecorder({
    client: admin,
    controller: 'sallyport.dev/test',
    instance: 'pod-1',
    clock,
    signal: stop.signal,
    onDropped: (_, why) => dropped.push(why),
  });
  const subject = await createObject(admin, configMaps, { metadata: at('subject') });
  const regarding = { apiVersion: 'v1', kind: 'ConfigMap', ...at('subject'), uid: String(subject.metadata.uid) };
  const event = { regarding, type: 'Warning', reason: 'Tested', action: 'Testing', note: 'ß'.repeat(1000) } as const;
  const clusterWide = { ...event, regarding: { kind: 'Node', name: 'node:1', uid: 'node-uid' }, note: 'n' };
  for (let i = 0; i < 7; i++) recorder.emit(event);
  recorder.emit(clusterWide);
  await recorder.flush();
  for (let i = 0; i < 5; i++) recorder.emit(event);
  skipped = 301_000;
  recorder.emit(event);
  await expect
    .poll(async () => await eventsOf(regarding.uid), { timeout: 5000 })
    .toMatchObject([
      {
        metadata: { namespace: 'default' },
        reason: 'Tested',
        reportingController: 'sallyport.dev/test',
        series: { count: 13 },
      },
    ]);
  expect(dropped).toEqual([]);
  expect((await eventsOf('node-uid')).map((found) => found.metadata.namespace)).toEqual(['default']);
  stop.abort();
  recorder.emit(event);
});

async function eventsOf(uid: string) {
  const { items } = await listObjects(admin, eventResource);
  return items.filter((item) => (item['regarding'] as { uid?: string }).uid === uid);
}
