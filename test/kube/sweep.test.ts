import { afterAll, beforeAll, expect, test } from 'vitest';
import { resources } from '../../src/api/resources.ts';
import { getObject } from '../../src/kube/apply.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { waitUntil } from '../support/child-process.ts';
import { crowd, isPatchOfRouteStatus, newGateway, platform } from '../support/crowd.ts';
import { loadTestClient } from '../support/kube-client.ts';
import { applyManifest, installController, loadControllerClient, runController } from '../support/live-controller.ts';

const routes = 400;

let server: ApiServer;
let admin: KubeClient & AsyncDisposable;

beforeAll(async () => {
  server = await startApiServer();
  admin = await loadTestClient(server);
  await installController(server, admin);
}, 120_000);
afterAll(async () => {
  await admin?.[Symbol.asyncDispose]();
  await server?.[Symbol.asyncDispose]();
});

test('a Gateway need not wait for the statuses of all routes', { timeout: 120_000 }, async () => {
  const stop = new AbortController();
  const seen: { readonly verb: string; readonly path: string; readonly status: number }[] = [];
  let slow = 0;
  await using plain = await loadControllerClient(server, (verb, path, status) => seen.push({ verb, path, status }));
  // A crowded API server: the sweep takes seconds.
  const client: KubeClient = {
    ...plain,
    request: async (request) => {
      if (isPatchOfRouteStatus(request.method, request.path)) await new Promise((done) => setTimeout(done, slow));
      return await plain.request(request);
    },
  };
  slow = 60;
  for (const manifest of [...platform(), ...crowd(routes)]) await applyManifest(admin, manifest);
  const controller = runController(client, stop.signal);
  const swept = () => seen.filter(({ verb, path }) => isPatchOfRouteStatus(verb, path)).length;
  await waitUntil(async () => swept() > 20, { what: 'the sweep', limit: 60_000 });

  await applyManifest(admin, newGateway('urgent'));
  await waitUntil(
    async () => {
      const { status } = await getObject(admin, resources.gateways, { namespace: 'crowd', name: 'urgent' });
      return (
        (status as { conditions?: { type: string; reason: string }[] }).conditions?.some(
          ({ type, reason }) => type === 'Accepted' && reason === 'Accepted',
        ) === true
      );
    },
    { what: 'the status of the urgent Gateway', limit: 30_000 },
  );
  expect(swept()).toBeLessThan(routes);

  slow = 0;
  await waitUntil(async () => swept() >= routes, { what: 'the end of the sweep', limit: 60_000 });
  stop.abort();
  await controller.done;
  expect(seen.filter(({ status }) => status === 429)).toEqual([]);
  const first = await getObject(admin, resources.egressRoutes, { namespace: 'crowd', name: 'route-0' });
  expect(first.status).toMatchObject({ parents: [{ conditions: [{ type: 'Accepted', status: 'True' }, {}, {}] }] });
});
