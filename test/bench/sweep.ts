import { availableParallelism, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '../../src/api/resources.ts';
import { getObject } from '../../src/kube/apply.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { startApiServer } from '../support/api-server.ts';
import { crowd, egressClass, isPatchOfRouteStatus, newGateway, platform } from '../support/crowd.ts';
import { loadTestClient } from '../support/kube-client.ts';
import {
  applyManifest,
  installController,
  loadControllerClient,
  type Manifest,
  runController,
} from '../support/live-controller.ts';
import { markdown, spread } from './figures.ts';
import { watchStalls } from './stall.ts';

/** What a change of the class costs when every route's status follows, against a real API server with its own flow limits; `--smoke`: few routes. */
export async function sweep(args: readonly string[]): Promise<void> {
  const routes = args.includes('--smoke') ? 300 : 10_000;
  await using server = await startApiServer();
  await using admin = await loadTestClient(server);
  await installController(server, admin);
  const counts = { patches: 0, refused: 0, requests: 0, last: 0 };
  await using client = await loadControllerClient(server, (verb, path, status) => {
    counts.requests += 1;
    if (status === 429) counts.refused += 1;
    if (!isPatchOfRouteStatus(verb, path) || status !== 200) return;
    counts.patches += 1;
    counts.last = performance.now();
  });
  const started = performance.now();
  await applyAll(admin, platform());
  await admin.request({ method: 'DELETE', path: '/apis/sallyport.dev/v1alpha1/egressclasses/egress' });
  await applyAll(admin, crowd(routes));
  process.stderr.write(`bench: ${routes} routes created in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  const stop = new AbortController();
  const stalls = watchStalls();
  const controller = runController(client, stop.signal);
  await quiet(counts);
  process.stderr.write('bench: the first statuses are written\n');

  counts.patches = 0;
  counts.refused = 0;
  stalls.reset();
  const changed = performance.now();
  await applyManifest(admin, egressClass());
  while (counts.patches < routes / 10) await sleep(20);
  const during = await gatewayLatencies(admin, 'during', 5);
  const sweptMeanwhile = counts.patches;
  await quiet(counts);
  const seconds = (counts.last - changed) / 1000;
  const patches = counts.patches;
  const alone = await gatewayLatencies(admin, 'alone', 5);
  stop.abort();
  await controller.done;
  stalls.stop();
  const ratio = (median(during) / median(alone)).toFixed(1);
  process.stdout.write(
    `${[
      `sweep (${availableParallelism()} cores shared with etcd and kube-apiserver, load ${loadavg()[0]?.toFixed(1)}, ${new Date().toISOString().slice(0, 10)}; \`npm run bench -- sweep\`)\n`,
      markdown([
        ['measure', 'figure', 'goal'],
        ['routes whose status follows the class', String(routes), ''],
        ['status writes that this took', `${patches} (${(patches / routes).toFixed(2)} per route)`, ''],
        ['time of the sweep', `${seconds.toFixed(1)} s (${(patches / seconds).toFixed(0)} writes per second)`, ''],
        ['answers 429 of the API server', String(counts.refused), '0'],
        ['a new Gateway → its status, without a sweep', spread(alone, 'ms'), ''],
        ['the same in the middle of the sweep', `${spread(during, 'ms')}, ${ratio} of it`, ''],
        [
          'routes still to be written when the last of these had its status',
          String(Math.max(0, routes - sweptMeanwhile)),
          '> 0',
        ],
        ['longest stall of the event loop', `${stalls.longest().toFixed(0)} ms`, '≤ 50 ms'],
      ]),
    ].join('\n')}\n`,
  );
}

async function applyAll(client: KubeClient, manifests: readonly Manifest[]): Promise<void> {
  const queue = manifests.values();
  // The first one's namespace must be there before the rest.
  for (const manifest of manifests.slice(0, 1)) await applyManifest(client, manifest);
  const worker = async () => {
    for (const manifest of queue) await applyManifest(client, manifest);
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}

/** Until every route was written once and nothing more for two seconds. */
async function quiet(counts: { readonly patches: number; readonly last: number }): Promise<void> {
  do await sleep(500);
  while (counts.patches === 0 || performance.now() - counts.last < 2_000);
}

async function gatewayLatencies(client: KubeClient, prefix: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const name = `${prefix}-${n}`;
    const started = performance.now();
    await applyManifest(client, newGateway(name));
    while (!(await hasStatus(client, name))) await sleep(5);
    times.push(performance.now() - started);
  }
  return times;
}

async function hasStatus(client: KubeClient, name: string): Promise<boolean> {
  const { status } = await getObject(client, resources.gateways, { namespace: 'crowd', name });
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly object[] };
  // The API server's own defaults have none.
  return conditions.some((condition) => 'observedGeneration' in condition);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
