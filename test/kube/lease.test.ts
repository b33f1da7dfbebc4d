import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getObject, mergePatch } from '../../src/kube/apply.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { type LeadershipState, runHeartbeat, runLeaderElection } from '../../src/kube/lease.ts';
import { leaseResource } from '../../src/kube/lease-record.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { eventually } from '../support/config-maps.ts';
import { startTcpFaultProxy } from '../support/fault-proxy.ts';
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

/** Contenders that note when they lead; more than one at a time is noted too. */
function startContenders(name: string) {
  const leading = new Set<string>();
  const history: string[] = [];
  const overlaps: string[] = [];
  const contend = (identity: string, client: KubeClient = admin) => {
    const stop = new AbortController();
    const states: LeadershipState[] = [];
    const done = runLeaderElection({
      client,
      namespace: 'default',
      name,
      identity,
      clock: systemClock,
      signal: stop.signal,
      leaseDurationMs: 2000,
      renewDeadlineMs: 1200,
      retryPeriodMs: 200,
      onChange: (state) => states.push(state),
      lead: async (signal) => {
        leading.add(identity);
        history.push(identity);
        if (leading.size > 1) overlaps.push([...leading].join('+'));
        while (!signal.aborted) await delay(10);
        leading.delete(identity);
      },
    });
    const end = async () => {
      stop.abort();
      await done;
    };
    return { states, end, [Symbol.asyncDispose]: end };
  };
  return { contend, leading, history, overlaps };
}

const leaseOf = async (name: string) =>
  (await getObject(admin, leaseResource, { namespace: 'default', name }))['spec'] as Record<string, unknown>;

test('one leads, the other stands by; a release hands over at once', { timeout: 30_000 }, async () => {
  const { contend, leading, overlaps } = startContenders('release');
  await using one = contend('one');
  await eventually(() => expect([...leading]).toEqual(['one']));
  await using two = contend('two');
  await eventually(() => expect(two.states.at(-1)).toMatchObject({ holder: 'one', leading: false }));
  expect(await leaseOf('release')).toMatchObject({
    holderIdentity: 'one',
    leaseDurationSeconds: 2,
    leaseTransitions: 0,
    renewTime: expect.stringMatching(/\.\d{6}Z$/),
  });
  await delay(2500); // longer than the lease: renewals keep it
  expect([...leading]).toEqual(['one']);
  const started = performance.now();
  await one.end();
  await eventually(() => expect([...leading]).toEqual(['two']));
  expect(performance.now() - started).toBeLessThan(1500);
  expect(await leaseOf('release')).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 });
  await two.end();
  expect(await leaseOf('release')).toMatchObject({ holderIdentity: '' });
  expect(overlaps).toEqual([]);
});

test('a partitioned leader stops by itself before the other starts, and contests again', {
  timeout: 30_000,
}, async () => {
  const { contend, leading, history, overlaps } = startContenders('crash');
  await using proxy = await startTcpFaultProxy(server);
  await using cutOff = await loadTestClient(server, { url: `https://127.0.0.1:${proxy.port}` });
  await using one = contend('one', cutOff);
  await eventually(() => expect([...leading]).toEqual(['one']));
  await using two = contend('two');
  await delay(500);
  proxy.stall();
  await eventually(() => expect([...leading]).toEqual(['two']));
  expect(one.states.some((state) => !state.leading && String(state.error).includes('not renewed within 1200 ms'))).toBe(
    true,
  );
  proxy.heal();
  await eventually(() => expect(one.states.at(-1)).toMatchObject({ holder: 'two', leading: false }));
  await two.end();
  await eventually(() => expect([...leading]).toEqual(['one']));
  expect(history).toEqual(['one', 'two', 'one']);
  expect(overlaps).toEqual([]);
});

test('a stolen Lease ends leadership at the next renewal', { timeout: 30_000 }, async () => {
  const { contend, leading, history } = startContenders('stolen');
  await using one = contend('one');
  await eventually(() => expect([...leading]).toEqual(['one']));
  await mergePatch(
    admin,
    leaseResource,
    { namespace: 'default', name: 'stolen' },
    { spec: { holderIdentity: 'thief' } },
  );
  await eventually(() => expect([...leading]).toEqual([]));
  expect(one.states.some((state) => String(state.error).includes('now held by "thief"'))).toBe(true);
  await eventually(() => expect(history).toEqual(['one', 'one'])); // the thief never renews
});

test('many contenders, cut and stopped at random: never two at once', { timeout: 60_000 }, async () => {
  const { contend, leading, overlaps, history } = startContenders('many');
  await using proxy = await startTcpFaultProxy(server);
  await using cutOff = await loadTestClient(server, { url: `https://127.0.0.1:${proxy.port}` });
  const running = ['a', 'b', 'c', 'd'].map((name) => contend(name, cutOff));
  for (let i = 0; i < 12; i++) {
    await delay(250);
    if (i % 6 === 4) proxy.refuse();
    else if (i % 6 === 5) proxy.heal();
    else proxy.cut();
  }
  await eventually(() => expect(leading.size).toBe(1));
  for (const contender of running) await contender.end();
  expect(overlaps).toEqual([]);
  expect(history.length).toBeGreaterThanOrEqual(1);
  expect(leading.size).toBe(0);
});

test('a heartbeat creates its Lease, renews it, and outlives its deletion', { timeout: 30_000 }, async () => {
  const stop = new AbortController();
  const errors: unknown[] = [];
  let renewals = 0;
  const done = runHeartbeat({
    client: admin,
    namespace: 'default',
    name: 'node-1',
    holder: 'node-1',
    clock: systemClock,
    signal: stop.signal,
    durationSeconds: 40,
    intervalMs: 50,
    onRenewed: () => renewals++,
    onError: (error) => errors.push(error),
  });
  await eventually(() => expect(renewals).toBeGreaterThan(2));
  const { renewTime } = await leaseOf('node-1');
  await admin.request({ method: 'DELETE', path: '/apis/coordination.k8s.io/v1/namespaces/default/leases/node-1' });
  await eventually(async () => {
    const lease = await leaseOf('node-1');
    expect(lease).toMatchObject({ holderIdentity: 'node-1', leaseDurationSeconds: 40 });
    expect(String(lease['renewTime']) > String(renewTime)).toBe(true);
  });
  stop.abort();
  await done;
  expect(errors).toEqual([]);
});
