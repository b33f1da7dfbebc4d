import { expect, test } from 'vitest';
import { resources } from '../../../src/api/resources.ts';
import { startSweep } from '../../../src/controller/sweep.ts';
import type { Write } from '../../../src/controller/writes.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeKubeClient, refuse } from '../../support/fake-kube-client.ts';
import { silentLog } from '../../support/silent-log.ts';

const objectOf = (name: string) => ({ metadata: { name, namespace: 'shop', resourceVersion: '1' } });

function write(name: string, status = 'new'): Write {
  return {
    kind: 'share',
    resource: resources.egressRoutes,
    namespace: 'shop',
    name,
    current: { metadata: { name, namespace: 'shop' } },
    compute: () => ({ text: status }),
  };
}

/** A sweep over a fake API server whose answers wait until they are let through. */
function setUp() {
  const client = createFakeKubeClient();
  const stop = new AbortController();
  const held: { readonly path: string; readonly pass: (error?: Error) => void }[] = [];
  let failures = 0;
  client.before = (request) =>
    new Promise((resolve, reject) => {
      held.push({ path: request.path, pass: (error) => (error === undefined ? resolve() : reject(error)) });
    });
  for (let n = 0; n < 40; n++) {
    const path = `/apis/sallyport.dev/v1alpha1/namespaces/shop/egressroutes/r${n}`;
    client.objects.set(path, objectOf(`r${n}`));
  }
  const sweep = startSweep({
    client,
    clock: createFakeClock(),
    log: silentLog,
    signal: stop.signal,
    onFailure: () => {
      failures += 1;
    },
  });
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  const statusOf = (name: string) =>
    client.objects.get(`/apis/sallyport.dev/v1alpha1/namespaces/shop/egressroutes/${name}`)?.['status'];
  return {
    client,
    stop,
    held,
    sweep,
    turn,
    statusOf,
    failures: () => failures,
    passAll: async () => {
      while (held.length > 0) {
        held.shift()?.pass();
        await turn();
      }
    },
  };
}

const many = (count: number) => Array.from({ length: count }, (_, n) => write(`r${n}`));

test('few at a time, all in the end', async () => {
  const { sweep, held, turn, passAll, statusOf } = setUp();
  sweep.replace(many(40));
  await turn();
  expect(held.length).toBe(4);
  expect(sweep.waiting).toBe(36);
  await passAll();
  expect(sweep.waiting).toBe(0);
  expect(Array.from({ length: 40 }, (_, n) => statusOf(`r${n}`))).toEqual(Array(40).fill({ text: 'new' }));
});

test('gives way to somebody more urgent: one at a time', async () => {
  const { sweep, held, turn, passAll } = setUp();
  {
    using _urgent = sweep.giveWay();
    sweep.replace(many(10));
    await turn();
    expect(held.length).toBe(1);
  }
  await turn();
  expect(held.length).toBe(4);
  await passAll();
});

test('what is no longer wanted is not written', async () => {
  const { sweep, client, held, turn, passAll } = setUp();
  const writes = many(20);
  sweep.replace(writes);
  await turn();
  sweep.replace([write('r30')]);
  await passAll();
  expect(client.log.length).toBe(5);
  expect(held).toEqual([]);
});

test('what was written and is not seen yet is not written again, what changed is', async () => {
  const { sweep, client, passAll, statusOf, turn } = setUp();
  const [first = write('r0'), second = write('r1')] = many(2);
  sweep.replace([first, second]);
  await turn();
  await passAll();
  sweep.replace([first, write('r1', 'newer')]);
  await turn();
  await passAll();
  expect(client.log.length).toBe(3);
  expect(statusOf('r1')).toEqual({ text: 'newer' });
});

test('one object is never written twice at a time', async () => {
  const { sweep, held, turn, passAll, statusOf } = setUp();
  sweep.replace([write('r0', 'old')]);
  await turn();
  sweep.replace([write('r0', 'new'), write('r1')]);
  await turn();
  expect(held.map(({ path }) => path.split('/').at(-2))).toEqual(['r0', 'r1']);
  await passAll();
  expect(statusOf('r0')).toEqual({ text: 'new' });
});

test('a failure is told, and asked for again only by the next plan', async () => {
  const { sweep, client, held, turn, passAll, failures } = setUp();
  const writes = many(1);
  sweep.replace(writes);
  await turn();
  held.shift()?.pass(refuse({ method: 'PATCH', path: '/' }, 500, 'InternalError'));
  await turn();
  expect([failures(), held.length, client.log.length]).toEqual([1, 0, 1]);
  sweep.replace(writes);
  await turn();
  await passAll();
  expect([failures(), client.log.length]).toEqual([1, 2]);
});

test('ends with its signal, after what is under way', async () => {
  const { sweep, stop, held, turn } = setUp();
  sweep.replace(many(20));
  await turn();
  let ended = false;
  void sweep.done.then(() => {
    ended = true;
  });
  stop.abort();
  await turn();
  expect(ended).toBe(false);
  for (const { pass } of held.splice(0)) pass();
  await turn();
  await turn();
  expect(ended).toBe(true);
  expect(held).toEqual([]);
});
