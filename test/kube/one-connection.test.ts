import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createObject } from '../../src/kube/apply.ts';
import type { ApiError, KubeClient } from '../../src/kube/client.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { configMaps } from '../support/config-maps.ts';
import { startTcpFaultProxy, type TcpFaultProxy } from '../support/fault-proxy.ts';
import { loadTestClient } from '../support/kube-client.ts';

// What a node's agent does with the API server, over the one connection that it has (HTTP/2).
let server: ApiServer;
let admin: KubeClient & AsyncDisposable;
let proxy: TcpFaultProxy;
let client: KubeClient & AsyncDisposable;
let over: AbortController;

beforeAll(async () => {
  server = await startApiServer();
  admin = await loadTestClient(server);
}, 60_000);
afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  proxy = await startTcpFaultProxy(server);
  client = await loadTestClient(server, { url: `https://127.0.0.1:${proxy.port}`, oneConnection: true });
  over = new AbortController();
});
afterEach(async () => {
  over.abort();
  await client[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

const path = '/api/v1/namespaces/default/configmaps';
let made = 0;
const make = async (value = '') => {
  made += 1;
  const name = `one-${made}`;
  await createObject(admin, configMaps, { metadata: { namespace: 'default', name }, data: { value } });
  return name;
};

/** A watch that begins anew whenever it ends; what it saw, and how often it began. */
function watch(idleTimeoutMs = 60_000, onLine: (line: string) => Promise<void> | undefined = () => undefined) {
  const seen = new Set<string>();
  const state = { seen, begun: 0 };
  const run = async () => {
    while (!over.signal.aborted) {
      await client
        .stream({
          method: 'GET',
          path,
          query: {
            watch: true,
            sendInitialEvents: true,
            resourceVersionMatch: 'NotOlderThan',
            allowWatchBookmarks: true,
          },
          idleTimeoutMs,
          signal: over.signal,
          onOpen: () => {
            state.begun += 1;
          },
          onLine: (line) => {
            const { object } = JSON.parse(line) as { object: { metadata: { name: string } } };
            seen.add(object.metadata.name);
            return onLine(line);
          },
        })
        .catch(() => {});
    }
  };
  void run();
  return state;
}
const ask = (timeoutMs?: number) =>
  client.request({ method: 'GET', path, retries: 0, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
const isSeen = async (watches: readonly { seen: ReadonlySet<string> }[], name: string, timeout = 10_000) =>
  expect.poll(() => watches.map(({ seen }) => seen.has(name)), { timeout }).toEqual(watches.map(() => true));

test('eight watches and thirty requests at once share it', async () => {
  const watches = Array.from({ length: 8 }, () => watch());
  await isSeen(watches, await make());
  await Promise.all(Array.from({ length: 30 }, () => ask()));
  await isSeen(watches, await make());
  expect(proxy.accepted).toBe(1);
});

test('a connection that has gone silent ends with the first request that gets no answer, and its watches begin anew', async () => {
  const watches = [watch(), watch()];
  await isSeen(watches, await make());
  proxy.stall();
  const missed = await make();
  proxy.heal();
  const error = await ask(1_500).catch((thrown: ApiError) => thrown);
  expect(error).toMatchObject({ reason: 'Timeout', message: expect.stringContaining('sent nothing for 1500 ms') });
  // They would have waited for a minute.
  await isSeen(watches, missed);
  expect(watches.map(({ begun }) => begun)).toEqual([2, 2]);
  expect((await ask()).status).toBe(200);
});

test('a server that is only slow to answer one request keeps the watches', async () => {
  const watches = [watch(), watch()];
  await isSeen(watches, await make());
  const quiet = client.stream({
    method: 'GET',
    path,
    query: { watch: true, fieldSelector: 'metadata.name=nobody' },
    idleTimeoutMs: 1_500,
    signal: over.signal,
    onLine: () => undefined,
  });
  await expect(quiet).rejects.toMatchObject({ reason: 'Timeout' });
  // The PING had as long to be answered.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await isSeen(watches, await make());
  expect(watches.map(({ begun }) => begun)).toEqual([1, 1]);
  expect(proxy.accepted).toBe(1);
});

test('a connection that is cut takes nothing for good', async () => {
  const watches = Array.from({ length: 4 }, () => watch());
  await isSeen(watches, await make());
  for (let times = 0; times < 10; times += 1) {
    proxy.cut();
    await isSeen(watches, await make());
  }
  expect(proxy.accepted).toBe(11);
});

// A proxy that ends TLS, as some put before their API server.
test('where something on the way speaks only HTTP/1.1, each watch has its own again', async () => {
  const files = await Promise.all(['crt', 'key'].map((end) => readFile(`${server.dir}/certs/apiserver.${end}`)));
  let connections = 0;
  const old = createServer({ cert: files[0], key: files[1] }, (incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'application/json' });
    if (incoming.url?.includes('watch=true') !== true) return void outgoing.end('{"kind":"ConfigMapList"}');
    return void outgoing.write('{"object":{"metadata":{"name":"old"}}}\n');
  }).on('secureConnection', () => {
    connections += 1;
  });
  old.listen(0, '127.0.0.1');
  await once(old, 'listening');
  const { port } = old.address() as AddressInfo;
  client = await loadTestClient(server, { url: `https://127.0.0.1:${port}`, oneConnection: true });
  const watches = [watch(), watch(), watch()];
  await isSeen(watches, 'old');
  expect((await ask()).body).toEqual({ kind: 'ConfigMapList' });
  expect(watches.map(({ begun }) => begun)).toEqual([1, 1, 1]);
  expect(connections).toBeGreaterThan(3);
  old.closeAllConnections();
  old.close();
});

// The last one: what it makes is large, and every watch begins with it.
test('who is slow to read holds back nobody else', async () => {
  let letGo = () => {};
  const isFree = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const slow = watch(60_000, () => isFree);
  const other = watch();
  // More than all windows of flow control together.
  for (let n = 0; n < 8; n += 1) await make('x'.repeat(500_000));
  const last = await make();
  await isSeen([other], last);
  expect((await ask()).status).toBe(200);
  expect(slow.seen.has(last)).toBe(false);
  letGo();
  await isSeen([slow], last);
  expect(proxy.accepted).toBe(1);
});
