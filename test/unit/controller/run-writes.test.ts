import { expect, test } from 'vitest';
import { resources } from '../../../src/api/resources.ts';
import { runWrites } from '../../../src/controller/run-writes.ts';
import type { Check, Write } from '../../../src/controller/writes.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeKubeClient } from '../../support/fake-kube-client.ts';
import { silentLog } from '../../support/silent-log.ts';

const path = '/apis/sallyport.dev/v1alpha1/egressplacements';
const check = (name: string, problem: Check['problem']): Check => ({
  resource: resources.egressPlacements,
  name,
  problem,
});
const create = (name: string, checks: readonly Check[]): Write => ({
  kind: 'create',
  resource: resources.egressPlacements,
  name,
  body: {},
  checks,
});

function setUp() {
  const client = createFakeKubeClient();
  const requests: string[] = [];
  client.before = async ({ method, path: where }) => void requests.push(`${method} ${where}`);
  const context = { client, clock: createFakeClock(), log: silentLog, signal: new AbortController().signal };
  return { client, requests, context };
}

test('a write whose check fails is not sent; the others are', async () => {
  const { client, requests, context } = setUp();
  client.objects.set(`${path}/old`, { metadata: { name: 'old', resourceVersion: '1' } });
  const isGone = check('old', (object) => (object === undefined ? undefined : 'it is still there'));
  const isAbsent = check('gone', (object) => (object === undefined ? undefined : 'it is there'));
  const { written, failed } = await runWrites(context, [[create('a', [isAbsent, isGone]), create('b', [isAbsent])]]);
  expect(written.map(({ write }) => write.name)).toEqual(['b']);
  expect(failed).toBe(false);
  expect(requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
  expect(requests.filter((request) => request.endsWith('/gone'))).toHaveLength(1);
});

test('when it cannot look, it does not write, and says that it failed', async () => {
  const { client, context } = setUp();
  client.before = async () => {
    throw new Error('no answer');
  };
  expect(await runWrites(context, [[create('a', [check('old', () => undefined)])]])).toEqual({
    written: [],
    failed: true,
  });
});
