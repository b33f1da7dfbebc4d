import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openInCluster } from '../../../src/kube/in-cluster.ts';

let folder = '';
const put = (file: string, text: string) => writeFileSync(join(folder, file), text);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-account-'));
  vi.stubEnv('KUBERNETES_SERVICE_HOST', 'fd00::1');
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '6443');
  put('token', 'first\n');
  put('ca.crt', 'CA 1');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test('is the API server that the Pod is told of, as its ServiceAccount', async () => {
  expect(await openInCluster({ folder })()).toMatchObject({
    ...{ origin: 'https://[fd00::1]:6443', prefix: '', proxyUrl: undefined, tls: { ca: 'CA 1' } },
    headers: { authorization: 'Bearer first' },
  });
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '10.96.0.1');
  vi.stubEnv('KUBERNETES_SERVICE_PORT', '443');
  expect((await openInCluster({ folder })()).origin).toBe('https://10.96.0.1');
});

test('a token that was renewed is used at once on the same connection, another CA on another one', async () => {
  const resolve = openInCluster({ folder });
  const before = await resolve();
  put('token', 'second');
  const after = await resolve();
  expect(after.headers).toEqual({ authorization: 'Bearer second' });
  expect(after.connectionDigest).toBe(before.connectionDigest);
  put('ca.crt', 'CA 2');
  expect((await resolve()).connectionDigest).not.toBe(before.connectionDigest);
});

test('says what is missing', async () => {
  rmSync(join(folder, 'token'));
  await expect(openInCluster({ folder })()).rejects.toThrow(
    `${folder}/token does not exist: let the Pod mount its ServiceAccount`,
  );
  expect(() => openInCluster({ folder, context: 'kind' })).toThrow('has no context "kind": give a kubeconfig');
  vi.stubEnv('KUBERNETES_SERVICE_HOST', '');
  expect(() => openInCluster({ folder, inCluster: true })).toThrow('not in a cluster: KUBERNETES_SERVICE_HOST');
  expect(() => openInCluster({ folder })).toThrow('no API server is configured: set KUBECONFIG');
});
