import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Condition } from '../../src/api/meta.ts';
import { resources } from '../../src/api/resources.ts';
import { updateStatusWithRetry } from '../../src/kube/apply.ts';
import { startProcess, type TestProcess, waitUntil } from '../support/child-process.ts';
import {
  type BareController,
  type ControllerWorld,
  gatewaySpec,
  report,
  startBareController,
  startControllerWorld,
} from '../support/controller-world.ts';
import { findFreePorts } from '../support/free-port.ts';

// The controller's own process against a real API server: how often it writes, and what of others' it leaves alone.
let world: ControllerWorld;
let controller: TestProcess;
let metricsUrl: string;
/** Sees what the controller sees, and writes nothing: it stands in for the agents that report. */
let observer: BareController;

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

beforeAll(async () => {
  world = await startControllerWorld();
  const [port = 0] = await findFreePorts(1);
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  const flags = ['--kubeconfig', world.server.kubeconfig, '--identity', 'one', '--listen', `127.0.0.1:${port}`];
  controller = startProcess([process.execPath, main, 'controller', ...flags], join(world.server.dir, 'controller.log'));
  observer = await startBareController(world.server, 'observer', { leads: false });
  await waitUntil(async () => (await world.read(resources.egressNodes, 'node-2')) !== undefined, {
    what: 'EgressNodes',
    process: controller,
    limit: 30_000,
  });
}, 120_000);
afterAll(async () => {
  await observer?.[Symbol.asyncDispose]();
  await controller?.end('SIGTERM');
  await world?.[Symbol.asyncDispose]();
});

/** Writes of the controller so far, by kind. */
async function writeCounts(): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(metricsUrl)).text();
  const lines = text.matchAll(/^sallyport_writes_total\{kind="(\w+)",outcome="\w+"\} (\d+)/gm);
  const counts = new Map<string, number>();
  for (const [, kind = '', count] of lines) counts.set(kind, (counts.get(kind) ?? 0) + Number(count));
  return counts;
}

/** What the controller wrote while `work` was done and until nothing more came for a while. */
async function writesOf(work: () => Promise<unknown>, quietMs = 1_500): Promise<Record<string, number>> {
  const before = await writeCounts();
  await work();
  let last = '';
  for (let same = 0; same < quietMs; same += 250) {
    await delay(250);
    const now = JSON.stringify([...(await writeCounts())]);
    if (now !== last) same = 0;
    last = now;
  }
  const after = await writeCounts();
  return Object.fromEntries(
    [...after]
      .map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const)
      .filter(([, count]) => count > 0),
  );
}

async function conditionOf(key: string, type: string): Promise<Condition | undefined> {
  const object = await world.read(resources.gateways, key);
  const status = object?.['status'] as { readonly conditions?: readonly Condition[] } | undefined;
  return status?.conditions?.find((condition) => condition.type === type);
}

const untilProgrammed = (key: string) =>
  waitUntil(
    async () => {
      await report(world, observer);
      return (await conditionOf(key, 'Programmed'))?.status === 'True';
    },
    { what: `${key} Programmed`, process: controller, limit: 30_000 },
  );

describe('the controller', () => {
  test('writes a new Gateway a handful of times, and then no more', async () => {
    const counts = await writesOf(async () => {
      await world.apply(resources.gateways, 'shop/out', gatewaySpec());
      await untilProgrammed('shop/out');
    });
    expect(counts).toMatchObject({ EgressAddressClaim: 1 });
    // Accepted and on its way; its owner is awaited; Programmed; a standby has reported.
    expect(counts['Gateway']).toBeLessThanOrEqual(4);
  });

  test('writes one status per change of one Gateway', async () => {
    const listeners = ['egress', 'second'].map((name, index) => ({
      name,
      port: index + 1,
      protocol: 'sallyport.dev/IP',
    }));
    const changed = () => world.apply(resources.gateways, 'shop/out', gatewaySpec({ listeners }));
    expect(await writesOf(changed)).toEqual({ Gateway: 1 });
    const labelled = gatewaySpec({ listeners, infrastructure: { labels: { team: 'shop' } } });
    expect(await writesOf(() => world.apply(resources.gateways, 'shop/out', labelled))).toMatchObject({
      EgressPlacement: 1,
    });
  });

  test('and none when nothing of it matters', async () => {
    const annotated = { ...gatewaySpec(), metadata: { annotations: { 'example.com/note': 'x' } } };
    await writesOf(() => world.apply(resources.gateways, 'shop/out', annotated));
    const again = { ...gatewaySpec(), metadata: { annotations: { 'example.com/note': 'y' } } };
    expect(await writesOf(() => world.apply(resources.gateways, 'shop/out', again))).toEqual({});
  });

  test('leaves conditions of others on a Gateway alone, and does not fight over them', async () => {
    const theirs = {
      type: 'example.com/Theirs',
      status: 'True',
      reason: 'X',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const counts = await writesOf(async () => {
      await world.apply(resources.gateways, 'shop/out', gatewaySpec());
      const at = { client: world.admin, resource: resources.gateways, object: { namespace: 'shop', name: 'out' } };
      await updateStatusWithRetry(at, (current) => {
        const status = current['status'] as { conditions: object[]; listeners: { conditions: object[] }[] };
        const listeners = status.listeners.map((one) => ({ ...one, conditions: [...one.conditions, theirs] }));
        return { ...status, conditions: [...status.conditions, theirs], listeners };
      });
    });
    expect(counts['Gateway'] ?? 0).toBeLessThanOrEqual(1);
    await world.apply(resources.gateways, 'shop/out', gatewaySpec({ infrastructure: { labels: { team: 'x' } } }));
    await untilProgrammed('shop/out');
    expect(await conditionOf('shop/out', 'example.com/Theirs')).toMatchObject(theirs);
  });

  test('keeps entries of others in status.parents, however often both write, and drops its own stale ones', async () => {
    const parentRefs = [{ namespace: 'shop', name: 'out' }];
    const rules = [{ matches: [{ destinations: [{ cidr: '203.0.113.0/24' }] }] }];
    const at = { client: world.admin, resource: resources.egressRoutes, object: { namespace: 'shop', name: 'all' } };
    await world.apply(resources.egressRoutes, 'shop/all', { spec: { parentRefs, rules } });
    const foreign = (turn: number) => ({
      parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'theirs' },
      controllerName: 'example.com/other',
      conditions: [
        {
          type: 'Accepted',
          status: 'True',
          reason: `Turn${turn}`,
          message: '',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    });
    type Parents = { readonly parents?: readonly { readonly controllerName: string }[] };
    const put = (turn: number) =>
      updateStatusWithRetry(
        at,
        (current) => {
          const { parents = [] } = (current['status'] ?? {}) as Parents;
          return {
            parents: [...parents.filter(({ controllerName }) => controllerName !== 'example.com/other'), foreign(turn)],
          };
        },
        { attempts: 50 },
      );
    for (let turn = 1; turn <= 20; turn++) {
      const cidr = `203.0.113.${turn}/32`;
      const changed = [{ matches: [{ destinations: [{ cidr }] }] }];
      await Promise.all([
        put(turn),
        world.apply(resources.egressRoutes, 'shop/all', { spec: { parentRefs, rules: changed } }),
      ]);
    }
    const parents = async () =>
      ((await world.read(resources.egressRoutes, 'shop/all'))?.['status'] as Parents | undefined)?.parents ?? [];
    await waitUntil(async () => (await parents()).length === 2, { what: 'both entries', limit: 10_000 });
    await writesOf(async () => {});
    expect(await writesOf(async () => {})).toEqual({});
    expect(await parents()).toEqual(expect.arrayContaining([expect.objectContaining(foreign(20))]));

    await world.apply(resources.egressRoutes, 'shop/all', { spec: { parentRefs: [{ name: 'nobody' }], rules } });
    await waitUntil(async () => (await parents()).length === 1, { what: 'our entry is gone', limit: 10_000 });
    expect(await parents()).toEqual([foreign(20)]);
  });

  test('writes nothing at all in a quiet minute', async () => {
    await report(world, observer);
    await writesOf(async () => {}, 3_000);
    type Told = { readonly regarding: { readonly name: string }; readonly reason: string; readonly series?: object };
    const events = async () => {
      const { body } = await world.server.client.request('/apis/events.k8s.io/v1/events');
      const { items } = body as { readonly items: readonly Told[] };
      return items.map(({ regarding, reason, series }) => JSON.stringify([regarding.name, reason, series])).sort();
    };
    // What the tests before had to tell goes out at a measured pace.
    let told = await events();
    const isOut = async () => {
      const last = told.length;
      await delay(8_000);
      told = await events();
      return told.length === last;
    };
    await waitUntil(isOut, { what: 'all Events are out', limit: 100_000 });
    const before = await writeCounts();
    await delay(60_000);
    expect(await writeCounts()).toEqual(before);
    expect(await events()).toEqual(told);
  }, 240_000);
});
