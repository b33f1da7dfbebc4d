import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { collectBundle } from '../../../src/inspect/support-bundle.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { refuse } from '../../support/fake-kube-client.ts';

const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl';
type Lists = Readonly<Record<string, readonly unknown[]>>;
const lists: Lists = {
  '/api/v1/nodes': [
    {
      metadata: { name: 'node-1', uid: 'u', resourceVersion: '1', creationTimestamp: 't' },
      status: { images: [{ names: ['secret-image'] }] },
    },
  ],
  '/apis/gateway.networking.k8s.io/v1/gateways': [
    {
      metadata: {
        ...{ name: 'out', namespace: 'shop', uid: 'u', resourceVersion: '1', creationTimestamp: 't' },
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': 'hidden',
          'sallyport.dev/note': `Bearer ${token}`,
        },
        managedFields: [{ manager: 'hidden' }],
      },
      spec: { gatewayClassName: 'egress', listeners: [] },
    },
  ],
  '/apis/events.k8s.io/v1/events': [
    { metadata: { name: 'ours' }, regarding: { apiVersion: 'sallyport.dev/v1alpha1' }, note: 'NotAllowedByListeners' },
    { metadata: { name: 'foreign' }, regarding: { apiVersion: 'v1' }, note: 'hidden' },
  ],
  '/api/v1/namespaces/sallyport-system/pods': [
    {
      metadata: { name: 'sallyport-agent-x' },
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'agent', image: 'sallyport', env: [{ name: 'A', value: 'hidden' }] }],
      },
      status: { containerStatuses: [{ name: 'agent', restartCount: 1 }] },
    },
  ],
};

/** An API server that has these lists, logs and metrics, and refuses some. */
function clientOf(
  refused: readonly string[],
  own: Lists = {},
): { readonly client: KubeClient; readonly paths: string[] } {
  const paths: string[] = [];
  const client: KubeClient = {
    request: async ({ method, path, query = {} }) => {
      paths.push(path);
      if (refused.some((part) => path.includes(part))) throw refuse({ method, path }, 403, 'Forbidden');
      if (path.endsWith('/log'))
        return {
          status: 200,
          body: `{"token":"x","msg":"Bearer ${token}","previous":${query['previous'] === true}}\n`,
        };
      if (path.endsWith('/proxy/metrics')) return { status: 200, body: 'sallyport_up 1\n' };
      return { status: 200, body: { metadata: { resourceVersion: '1' }, items: own[path] ?? lists[path] ?? [] } };
    },
    stream: async () => undefined,
  };
  return { client, paths };
}

async function collect(refused: readonly string[] = [], own: Lists = {}) {
  const { client, paths } = clientOf(refused, own);
  const files = new Map<string, string>();
  const options = { client, namespace: 'sallyport-system', now: 0, signal: new AbortController().signal };
  for await (const { path, text } of collectBundle(options)) files.set(path, text);
  return { files, paths };
}

test('has our objects, Events, logs and metrics, and nothing that is nobody’s business', async () => {
  const { files, paths } = await collect();
  expect([...files.keys()]).toEqual(
    expect.arrayContaining([
      ...[
        'status.txt',
        'objects/gateways.yaml',
        'objects/egressroutes.yaml',
        'objects/nodes.yaml',
        'objects/events.yaml',
      ],
      ...['objects/pods.yaml', 'logs/sallyport-agent-x-agent.log', 'logs/sallyport-agent-x-agent-previous.log'],
      'metrics/sallyport-agent-x.txt',
    ]),
  );
  expect(files.has('errors.txt')).toBe(false);
  const all = [...files.values()].join('\n');
  for (const word of ['hidden', token, 'secret-image']) expect(all).not.toContain(word);
  expect(files.get('objects/gateways.yaml')).toMatch(/^apiVersion: gateway\.networking\.k8s\.io\/v1\nkind: Gateway\n/);
  expect(files.get('objects/gateways.yaml')).toContain('sallyport.dev/note: "[redacted]"');
  expect(files.get('objects/events.yaml')).toContain('NotAllowedByListeners');
  expect(files.get('logs/sallyport-agent-x-agent-previous.log')).toContain('"previous":true');
  expect(paths.filter((path) => /secrets|configmaps|\/api\/v1\/pods/.test(path))).toEqual([]);
});

test('what may not be read is named, and the rest is there', async () => {
  const { files } = await collect(['/gateways', '/log', '/nodes']);
  expect(files.get('errors.txt')).toMatch(/gateways: .*403/);
  expect(files.get('errors.txt')).toContain('logs of sallyport-agent-x: ');
  expect(files.has('objects/gateways.yaml')).toBe(false);
  expect(files.has('metrics/sallyport-agent-x.txt')).toBe(true);
});

test('an interruption ends it', async () => {
  const controller = new AbortController();
  const { client } = clientOf([]);
  const aborting: KubeClient = {
    ...client,
    request: async (request) => {
      if (request.path.endsWith('/egressroutes')) controller.abort(new Error('received SIGINT'));
      request.signal?.throwIfAborted();
      return client.request(request);
    },
  };
  const drain = async () => {
    const options = { client: aborting, namespace: 'a', now: 0, signal: controller.signal };
    for await (const file of collectBundle(options)) expect(file.path).not.toBe('errors.txt');
  };
  await expect(drain()).rejects.toThrow('received SIGINT');
});

test('the metrics of every process are in it, at the ports that the installation names', async () => {
  const folder = fileURLToPath(new URL('../../../config/install/', import.meta.url));
  const pods = ['agent', 'controller', 'failover'].map((name) => {
    const { spec } = parse(readFileSync(`${folder}${name}.yaml`, 'utf8').split(/^---$/m)[0] ?? '');
    const [{ name: container, ports }] = spec.template.spec.containers;
    const { containerPort } = ports.find((port: { readonly name: string }) => port.name === 'telemetry');
    const pod = { metadata: { name: `${name}-x` }, spec: {}, status: { containerStatuses: [{ name: container }] } };
    return { pod, path: `/api/v1/namespaces/sallyport-system/pods/${name}-x:${containerPort}/proxy/metrics` };
  });
  const { files, paths } = await collect([], {
    '/api/v1/namespaces/sallyport-system/pods': pods.map(({ pod }) => pod),
  });
  expect(paths.filter((path) => path.includes('/proxy/')).sort()).toEqual(pods.map(({ path }) => path).sort());
  for (const name of ['agent-x', 'controller-x', 'failover-x'])
    expect(files.get(`metrics/${name}.txt`)).toBe('sallyport_up 1\n');
});

test('where nobody answers, or nothing may be read, there is no bundle', async () => {
  await expect(collect(['/'])).rejects.toThrow(/^nothing may be read: status: GET .*403/);
  const client: KubeClient = {
    ...clientOf([]).client,
    request: async ({ method, path }) => {
      throw refuse({ method, path }, 0, 'Network');
    },
  };
  const options = { client, namespace: 'a', now: 0, signal: new AbortController().signal };
  await expect(collectBundle(options).next()).rejects.toThrow(/^GET \S+: Network/);
});
