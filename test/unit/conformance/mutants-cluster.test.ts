import { describe, expect, test } from 'vitest';
import { ApiRefusal, type KubeObject } from '../../../conformance/lib/world.ts';
import { type Cluster, openApi } from '../../../conformance/mutants/cluster/api.ts';
import { mergePatch } from '../../../conformance/mutants/cluster/json.ts';
import { runKubernetes } from '../../../conformance/mutants/cluster/kubernetes.ts';
import { openStore } from '../../../conformance/mutants/cluster/object-store.ts';
import { startVirtualClock } from '../../../conformance/mutants/cluster/virtual-clock.ts';

function startCluster() {
  const cluster: Cluster = { store: openStore(), clock: startVirtualClock(0), wrong: () => false };
  runKubernetes(cluster);
  return { api: openApi(cluster), clock: cluster.clock };
}

const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const configMap = (finalizers: readonly string[] = []): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'a', name: 'c', finalizers },
  spec: { text: 'one' },
});
const configMapName = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'a', name: 'c' };
const route = (spec: unknown): KubeObject => ({
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'EgressRoute',
  metadata: { namespace: 'a', name: 'r' },
  spec,
});

describe('virtual clock', () => {
  test('leaps to the earliest waiter, whatever the order of asking', async () => {
    const clock = startVirtualClock(0);
    const woken: number[] = [];
    const sleep = async (milliseconds: number) => {
      await clock.sleep(milliseconds);
      woken.push(clock.now());
    };
    await Promise.all([sleep(5000), sleep(10), sleep(3_600_000)]);
    expect(woken).toEqual([10, 5000, 3_600_000]);
  });

  test('waits for everything that can run now', async () => {
    const clock = startVirtualClock(0);
    const long = clock.sleep(1000).then(() => 'long');
    const steps = (async () => {
      for (let step = 0; step < 100; step += 1) await clock.sleep(1);
      return 'short';
    })();
    expect(await Promise.race([long, steps])).toBe('short');
  });

  test('stands still once it is stopped', async () => {
    const clock = startVirtualClock(0);
    let woken = false;
    void clock.sleep(1).then(() => {
      woken = true;
    });
    clock.stop();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(woken).toBe(false);
  });
});

describe('API in memory', () => {
  test('counts generations by spec, and versions by every change', async () => {
    const { api } = startCluster();
    await api.create(namespace('a'));
    const made = await api.create(configMap());
    const labelled = await api.patch(configMapName, { metadata: { labels: { a: 'b' } } });
    const same = await api.patch(configMapName, { metadata: { labels: { a: 'b' } } });
    const edited = await api.patch(configMapName, { spec: { text: 'two' } });
    const reported = await api.patchStatus(configMapName, { status: { seen: true } });
    expect([made, labelled, same, edited, reported].map(({ metadata }) => metadata.generation)).toEqual([
      1, 1, 1, 2, 2,
    ]);
    const versions = [made, labelled, edited, reported].map(({ metadata }) => metadata.resourceVersion);
    expect(new Set(versions).size).toBe(4);
    expect(same.metadata.resourceVersion).toBe(labelled.metadata.resourceVersion);
    expect(reported.spec).toEqual({ text: 'two' });
  });

  test('refuses what the API server refuses', async () => {
    const { api } = startCluster();
    const statusOf = (work: Promise<unknown>) => {
      return work.then(
        () => 200,
        (error: unknown) => (error instanceof ApiRefusal ? error.status : 0),
      );
    };
    expect(await statusOf(api.create(configMap()))).toBe(404);
    await api.create(namespace('a'));
    await api.create(configMap());
    expect(await statusOf(api.create(configMap()))).toBe(409);
    expect(await statusOf(api.patch(configMapName, { metadata: { resourceVersion: '1' } }))).toBe(409);
    expect(await statusOf(api.patch({ ...configMapName, name: 'other' }, {}))).toBe(404);
    expect(await statusOf(api.create(route({ rules: [] })))).toBe(422);
    expect(await statusOf(api.create({ ...namespace('b'), metadata: { name: 'b', namespace: 'a' } }))).toBe(400);
  });

  test('fills in defaults', async () => {
    const { api } = startCluster();
    await api.create(namespace('a'));
    const made = await api.create(
      route({ parentRefs: [{ name: 'g' }], rules: [{ matches: [{ ports: [{ port: 1 }] }] }] }),
    );
    expect(made.spec).toEqual({
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'g' }],
      rules: [{ matches: [{ ports: [{ protocol: 'TCP', port: 1 }] }] }],
    });
  });

  test('keeps what a finalizer holds, and empties a namespace before it goes', async () => {
    const { api, clock } = startCluster();
    await api.create(namespace('a'));
    await api.create(configMap(['example.com/held']));
    await api.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'a' });
    await clock.sleep(5000);
    expect((await api.get(configMapName))?.metadata.deletionTimestamp).toBeDefined();
    expect(await api.get({ apiVersion: 'v1', kind: 'Namespace', name: 'a' })).toBeDefined();
    await api.patch(configMapName, { metadata: { finalizers: null } });
    await clock.sleep(5000);
    expect(await api.get(configMapName)).toBeUndefined();
    expect(await api.get({ apiVersion: 'v1', kind: 'Namespace', name: 'a' })).toBeUndefined();
  });

  test('runs Pods', async () => {
    const { api, clock } = startCluster();
    await api.create(namespace('a'));
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace: 'a', name: 'p' },
      spec: { nodeName: 'node-2' },
    };
    await api.create(pod);
    await clock.sleep(1000);
    expect(await api.get({ apiVersion: 'v1', kind: 'Pod', namespace: 'a', name: 'p' })).toMatchObject({
      spec: { nodeName: 'node-2', serviceAccountName: 'default' },
      status: { phase: 'Running', podIP: expect.stringMatching(/^10\.244\./) },
    });
  });
});

// The example of RFC 7396, appendix A, in short.
test('merge patch', () => {
  const target = { a: 'b', c: { d: 'e', f: 'g' }, list: [1, 2] };
  expect(mergePatch(target, { a: 'z', c: { f: null }, list: [3], n: { x: null } })).toEqual({
    a: 'z',
    c: { d: 'e' },
    list: [3],
    n: {},
  });
});
