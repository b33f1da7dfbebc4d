import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { createApiClient } from '../support/api-client.ts';
import { startApiServer } from '../support/api-server.ts';

const configMap = '/api/v1/namespaces/default/configmaps/kept';

test('a restart keeps port, data and credentials; dispose leaves nothing', { timeout: 120_000 }, async () => {
  const server = await startApiServer();
  const { client, url, dir } = server;
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' }, data: { a: 'b' } };
  expect((await client.apply(configMap, body)).status).toBe(201);
  await server.stop();
  await expect(client.request(configMap)).rejects.toThrow();
  await server.restart();
  expect((await client.request(configMap)).body).toMatchObject({ data: { a: 'b' } });
  await server.kill();
  await expect(client.request(configMap)).rejects.toThrow();
  await server.restart({ 'max-requests-inflight': '7' });
  expect((await client.request(configMap)).status).toBe(200);
  await using stranger = createApiClient({ url, caData: server.caData, token: 'wrong' });
  expect((await stranger.request(configMap)).status).toBe(401);
  await server[Symbol.asyncDispose]();
  expect(existsSync(dir)).toBe(false);
  await listenOn(Number(new URL(url).port)); // the port is free again
});

test('an abort during the start ends it', { timeout: 120_000 }, async () => {
  const abort = new AbortController();
  const start = startApiServer({ signal: abort.signal });
  setTimeout(() => abort.abort(new Error('enough')), 500);
  await expect(start).rejects.toThrow('enough');
});

test('a program that does not start is reported with its log', { timeout: 120_000 }, async () => {
  await expect(startApiServer({ flags: { 'no-such-flag': 'x' } })).rejects.toThrow(
    /kube-apiserver: the process ended.*unknown flag/s,
  );
});

async function listenOn(port: number): Promise<void> {
  const listener = createServer();
  await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => listener.close(resolve));
}
