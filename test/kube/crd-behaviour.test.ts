import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { installCrds } from '../support/install-crds.ts';

// What the API server does with our kinds beyond refusing them: defaults, apply, columns, budgets. The rules are in crd.test.ts.

const apis = '/apis/sallyport.dev/v1alpha1';
const namespaced = `${apis}/namespaces/default`;
let server: ApiServer;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server, [fileURLToPath(new URL('../../config/crd/', import.meta.url))]);
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());

const object = (kind: string, name: string, rest: object) => ({
  apiVersion: 'sallyport.dev/v1alpha1',
  kind,
  metadata: { name },
  ...rest,
});
const dryCreate = (path: string, body: object) => server.client.request(`${path}?dryRun=All`, { method: 'POST', body });

test.each([
  {
    kind: 'EgressCluster',
    path: `${apis}/egressclusters`,
    given: {},
    spec: {
      clusterRanges: { detect: true },
      tunnel: { port: 8479, vni: 4096 },
      transit: { ipv4: '198.18.0.0/15', ipv6: 'fd5a:11:9f::/48' },
      marks: { mask: 0x1fff },
      podStart: 'Hold',
    },
  },
  {
    kind: 'EgressClass',
    path: `${apis}/egressclasses`,
    given: {},
    spec: {
      networks: [{ name: 'default', routes: 'Main', announce: 'L2' }],
      failover: { profile: 'Default', candidates: 2, preempt: false },
      excludedNamespaces: ['kube-system'],
    },
  },
  {
    kind: 'EgressAddressPool',
    path: `${apis}/egressaddresspools`,
    given: { spec: { addresses: ['192.0.2.1'] } },
    spec: { addresses: ['192.0.2.1'], network: 'default', autoAssign: true },
  },
  { kind: 'EgressGatewayParameters', path: `${namespaced}/egressgatewayparameters`, given: {}, spec: {} },
  {
    kind: 'EgressRoute',
    path: `${namespaced}/egressroutes`,
    given: { spec: { parentRefs: [{ name: 'a' }], rules: [{ matches: [{ ports: [{ port: 1 }] }] }] } },
    spec: {
      parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'a' }],
      rules: [{ matches: [{ ports: [{ protocol: 'TCP', port: 1 }] }] }],
    },
  },
])('$kind gets its defaults', async ({ kind, path, given, spec }) => {
  const { status, body } = await dryCreate(path, object(kind, 'default', given));
  expect(status).toBe(201);
  expect((body as { readonly spec: unknown }).spec).toEqual(spec);
});

test('one server-side apply creates an EgressNodeReport with its status, another changes it', async () => {
  const path = `${apis}/egressnodereports/node-1`;
  const gateway = { uid: 'a', namespace: 'shop', name: 'partners', ruleSets: 'd', placement: 1, state: 'Applied' };
  const first = await server.client.apply(
    path,
    object('EgressNodeReport', 'node-1', { status: { gateways: [gateway] } }),
    'node-1',
  );
  expect(first).toMatchObject({ status: 201, body: { status: { gateways: [gateway] } } });
  const second = await server.client.apply(
    path,
    object('EgressNodeReport', 'node-1', { status: { version: '1' } }),
    'node-1',
  );
  expect(second.status).toBe(200);
  expect((second.body as { readonly status: unknown }).status).toEqual({ version: '1' });
  expect((await server.client.apply(`${path}/status`, object('EgressNodeReport', 'node-1', {}))).status).toBe(404);
});

test('the other kinds with a status have it as a subresource', async () => {
  const pool = object('EgressAddressPool', 'split', { spec: { addresses: ['192.0.2.1'] }, status: { total: 1 } });
  const created = await server.client.request(`${apis}/egressaddresspools`, { method: 'POST', body: pool });
  expect(created).toMatchObject({ status: 201, body: { metadata: { generation: 1 } } });
  expect(created.body).not.toHaveProperty('status');
  const written = await server.client.request(`${apis}/egressaddresspools/split/status`, {
    method: 'PATCH',
    contentType: 'application/merge-patch+json',
    body: { spec: { autoAssign: false }, status: { total: 5, used: 2, free: 3 } },
  });
  expect(written).toMatchObject({
    status: 200,
    body: { metadata: { generation: 1 }, spec: { autoAssign: true }, status: { free: 3 } },
  });
});

test('columns show what one looks for', async () => {
  const parentRef = { name: 'partners', namespace: 'platform' };
  const controllerName = 'sallyport.dev/egress-controller';
  const condition = (type: string) => ({
    type,
    status: 'True',
    reason: type,
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const route = object('EgressRoute', 'columns', { spec: { parentRefs: [parentRef], rules: [{}] } });
  expect((await server.client.request(`${namespaced}/egressroutes`, { method: 'POST', body: route })).status).toBe(201);
  const status = {
    parents: [{ parentRef, controllerName, conditions: [condition('Accepted'), condition('Programmed')] }],
    sourceAddresses: [{ parentRef, controllerName, type: 'IPAddress', value: '192.0.2.100' }],
  };
  expect((await server.client.apply(`${namespaced}/egressroutes/columns/status`, { ...route, status })).status).toBe(
    200,
  );
  const { body } = await server.client.request(`${namespaced}/egressroutes`, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  });
  const table = body as {
    readonly columnDefinitions: readonly { readonly name: string }[];
    readonly rows: readonly { readonly cells: readonly unknown[] }[];
  };
  expect(table.columnDefinitions.map(({ name }) => name)).toEqual([
    'Name',
    'Gateway',
    'Accepted',
    'Programmed',
    'Source',
    'Reason',
    'Age',
  ]);
  expect(table.rows[0]?.cells.slice(0, 6)).toEqual(['columns', 'partners', 'True', 'True', '192.0.2.100', 'Accepted']);
});

test.each(['EgressRoute', 'ClusterEgressRoute'])(
  'the largest %s that its limits allow stays within the run-time budget of CEL',
  async (kind) => {
    const times = <T>(count: number, make: (index: number) => T) =>
      Array.from({ length: count }, (_, index) => make(index));
    const destinations = times(64, (i) => ({ cidr: `10.${i}.0.0/16`, except: times(8, (j) => `10.${i}.${j}.0/24`) }));
    const matchExpressions = times(16, (i) => ({ key: `k${i}`, operator: 'In', values: ['a'] }));
    const match = {
      podSelector: { matchExpressions },
      destinations,
      ports: times(16, (i) => ({ port: i + 1, endPort: 65535 })),
    };
    const rules = times(16, (i) => ({ name: `rule-${i}`, matches: times(8, () => match) }));
    const parentRefs = times(32, (i) => ({ name: 'a'.repeat(253), namespace: 'b'.repeat(63), sectionName: `s-${i}` }));
    const path = kind === 'EgressRoute' ? `${namespaced}/egressroutes` : `${apis}/clusteregressroutes`;
    const { status, body } = await dryCreate(path, object(kind, 'largest', { spec: { parentRefs, rules } }));
    expect(status, JSON.stringify(body).slice(0, 500)).toBe(201);
  },
);
