import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sourceOf, until, untilSource, useLab } from '../support/lab.ts';
import { clusterRouteYaml, gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  addressOf,
  apply,
  conditionsOf,
  readObject,
  runningPods,
  untilCondition,
  untilProgrammed,
} from '../support/lab-objects.ts';

// Which packets a route takes and which Gateway wins; judged by the source addresses that servers saw.
const lab = useLab('routing', { nodes: 3 });

const node1 = '192.0.2.11';
const takesAll = '{namespaces: {from: All}}';
const addresses = { a: '', b: '' };

beforeAll(async () => {
  await apply(lab, namespaceYaml('platform'), gatewayYaml('platform/a', { allowedRoutes: takesAll }));
  await apply(lab, gatewayYaml('platform/b', { allowedRoutes: takesAll }));
  addresses.a = await addressOf(lab, 'platform/a');
  addresses.b = await addressOf(lab, 'platform/b');
});

/** A namespace with one Pod NAMESPACE/web on node-1. */
async function applyWeb(namespace: string, options: Parameters<typeof podYaml>[1] = {}): Promise<string> {
  await apply(lab, namespaceYaml(namespace), podYaml(`${namespace}/web`, { node: 'node-1', ...options }));
  await runningPods(lab, namespace, { count: 1 });
  return `${namespace}/web`;
}

async function applyRoute(key: string, gateway: 'a' | 'b', match?: string): Promise<void> {
  await apply(lab, routeYaml(key, { gateway: `platform/${gateway}`, ...(match === undefined ? {} : { match }) }));
  await untilProgrammed(lab, 'egressroute', key);
}

async function shadowsOf(key: string) {
  return conditionsOf(await readObject(lab, 'egressroute', key)).filter(
    ({ type }) => type === 'sallyport.dev/Shadowed',
  );
}

describe('what a match takes', () => {
  it('destinations with except and ports, and nothing else', async () => {
    const web = await applyWeb('ports');
    const match = `{
      destinations: [{cidr: 203.0.113.0/24, except: [203.0.113.128/25]}],
      ports: [{protocol: TCP, port: 443}, {protocol: TCP, port: 8000, endPort: 8100}, {protocol: UDP, port: 53}]}`;
    await applyRoute('ports/some', 'a', match);
    const cases = [
      { to: '203.0.113.5', port: 443, source: addresses.a },
      { to: '203.0.113.127', port: 443, source: addresses.a },
      { to: '203.0.113.5', port: 8000, source: addresses.a },
      { to: '203.0.113.5', port: 8100, source: addresses.a },
      { to: '203.0.113.5', port: 53, udp: true, source: addresses.a },
      { to: '203.0.113.5', port: 8101, source: node1 },
      { to: '203.0.113.5', port: 443, udp: true, source: node1 },
      { to: '203.0.113.5', port: 53, source: node1 },
      { to: '203.0.113.128', port: 443, source: node1 },
      { to: '198.51.100.10', port: 443, source: node1 },
    ];
    const seen = await Promise.all(cases.map(({ source: _, ...question }) => sourceOf(lab, web, question)));
    expect(cases.map((question, index) => ({ ...question, source: seen[index] }))).toEqual(cases);
  });

  it('Pods of a ServiceAccount', async () => {
    await apply(lab, namespaceYaml('accounts'));
    await lab.kubectl(['create', 'serviceaccount', '-n', 'accounts', 'payments']);
    await apply(lab, podYaml('accounts/named', { node: 'node-1', serviceAccount: 'payments' }));
    await apply(lab, podYaml('accounts/unnamed', { node: 'node-1' }));
    await applyRoute('accounts/payments', 'a', '{serviceAccounts: [payments]}');
    await runningPods(lab, 'accounts', { count: 2 });
    expect(await sourceOf(lab, 'accounts/named')).toBe(addresses.a);
    expect(await sourceOf(lab, 'accounts/unnamed')).toBe(node1);
  });

  it('only Pods of its own namespace', async () => {
    const stranger = await applyWeb('stranger', { labels: { app: 'web' } });
    const own = await applyWeb('own', { labels: { app: 'web' } });
    await applyRoute('own/web', 'a', '{podSelector: {matchLabels: {app: web}}}');
    expect(await sourceOf(lab, own)).toBe(addresses.a);
    expect(await sourceOf(lab, stranger)).toBe(node1);
  });
});

describe('which route wins', () => {
  it('the longest prefix, whatever the age', async () => {
    const web = await applyWeb('prefix');
    await applyRoute('prefix/wide', 'a', '{destinations: [{cidr: 0.0.0.0/0}]}');
    await applyRoute('prefix/narrow', 'b', '{destinations: [{cidr: 203.0.113.0/24}]}');
    expect(await sourceOf(lab, web, { to: '203.0.113.9' })).toBe(addresses.b);
    expect(await sourceOf(lab, web, { to: '198.51.100.9' })).toBe(addresses.a);
    await lab.kubectl(['delete', 'egressroute', '-n', 'prefix', 'narrow']);
    await untilSource(lab, web, { to: '203.0.113.9', address: addresses.a });
  });

  it('what an except leaves out falls to the next route', async () => {
    const web = await applyWeb('except');
    await applyRoute('except/first', 'a', '{destinations: [{cidr: 203.0.113.0/24, except: [203.0.113.64/26]}]}');
    await applyRoute('except/rest', 'b', '{destinations: [{cidr: 203.0.0.0/16}]}');
    expect(await sourceOf(lab, web, { to: '203.0.113.1' })).toBe(addresses.a);
    expect(await sourceOf(lab, web, { to: '203.0.113.65' })).toBe(addresses.b);
  });

  it('of equal ones the older', async () => {
    const web = await applyWeb('equal');
    await applyRoute('equal/z-older', 'a');
    await until('a second has passed: creation times have no fractions', async () => {
      const created = (await readObject(lab, 'egressroute', 'equal/z-older'))?.metadata.creationTimestamp ?? '';
      return Date.now() - Date.parse(created) > 1_500 ? true : undefined;
    });
    await applyRoute('equal/a-younger', 'b');
    expect(await sourceOf(lab, web)).toBe(addresses.a);
    const [told] = await shadowsOf('equal/a-younger');
    expect(told?.message).toBe(
      'nothing is left for this route: EgressRoute equal/z-older (Gateway platform/a), which is older, wins for 0.0.0.0/0, ::/0',
    );
    expect(await shadowsOf('equal/z-older')).toEqual([]);
    await lab.kubectl(['delete', 'egressroute', '-n', 'equal', 'z-older']);
    await untilSource(lab, web, { address: addresses.b });
    await until('nobody shadows the route that is left', async () => {
      return (await shadowsOf('equal/a-younger')).length === 0 ? true : undefined;
    });
  });

  it('an EgressRoute before a ClusterEgressRoute of a longer prefix', async () => {
    await apply(
      lab,
      gatewayYaml('platform/cluster', { allowedRoutes: `{kinds: [{group: sallyport.dev, kind: ClusterEgressRoute}]}` }),
    );
    const cluster = await addressOf(lab, 'platform/cluster');
    const selector = 'namespaceSelector: {matchLabels: {tenant: gold}}';
    const match = `{${selector}, destinations: [{cidr: 203.0.113.7/32}, {cidr: 198.51.100.0/24}]}`;
    await apply(lab, namespaceYaml('gold', { tenant: 'gold' }), podYaml('gold/web', { node: 'node-1' }));
    await apply(lab, clusterRouteYaml('gold', { gateway: 'platform/cluster', match }));
    await untilProgrammed(lab, 'clusteregressroute', 'gold');
    await runningPods(lab, 'gold', { count: 1 });
    expect(await sourceOf(lab, 'gold/web', { to: '203.0.113.7' })).toBe(cluster);
    await applyRoute('gold/own', 'a', '{destinations: [{cidr: 203.0.113.0/24}]}');
    expect(await sourceOf(lab, 'gold/web', { to: '203.0.113.7' })).toBe(addresses.a);
    expect(await sourceOf(lab, 'gold/web', { to: '198.51.100.7' })).toBe(cluster);
  });
});

describe('a ClusterEgressRoute', () => {
  it('gives a whole namespace its address by the namespace label', async () => {
    const cluster = await addressOf(lab, 'platform/cluster');
    await apply(
      lab,
      namespaceYaml('silver'),
      podYaml('silver/one', { node: 'node-1' }),
      podYaml('silver/two', { node: 'node-2' }),
    );
    await runningPods(lab, 'silver', { count: 2 });
    expect(await sourceOf(lab, 'silver/one')).toBe(node1);
    await lab.kubectl(['label', 'namespace', 'silver', 'tenant=gold']);
    await untilSource(lab, 'silver/one', { address: cluster });
    await untilSource(lab, 'silver/two', { address: cluster });
    await lab.kubectl(['label', 'namespace', 'silver', 'tenant-']);
    await untilSource(lab, 'silver/one', { address: node1 });
  });

  it('is refused by a listener that does not list the kind', async () => {
    await apply(lab, clusterRouteYaml('refused', { gateway: 'platform/a' }));
    const wanted = { type: 'Accepted', status: 'False', reason: 'NotAllowedByListeners' } as const;
    const { message } = await untilCondition(lab, ['clusteregressroute', 'refused'], wanted);
    expect(message).toContain('listener egress does not allow ClusterEgressRoute');
  });
});

describe('traffic inside the cluster', () => {
  const echo = join(import.meta.dirname, '..', '..', 'hack', 'lab', 'outside-server.ts');
  const service = `
apiVersion: v1
kind: Service
metadata: {namespace: inner, name: echo}
spec: {selector: {role: echo}, ports: [{name: tcp, port: 80, targetPort: 8080}, {name: udp, protocol: UDP, port: 80, targetPort: 8080}]}`;

  it('is untouched by a route for every destination', async () => {
    await apply(lab, namespaceYaml('inner'), service, podYaml('inner/web', { node: 'node-1' }));
    await apply(lab, podYaml('inner/echo', { node: 'node-2', labels: { role: 'echo' } }));
    const pods = await runningPods(lab, 'inner', { count: 2 });
    const web = pods.find(({ key }) => key === 'inner/web');
    const server = pods.find(({ key }) => key === 'inner/echo');
    if (web === undefined || server === undefined) throw new Error('no Pods');
    // They run until the lab ends.
    void lab.run(['lab', 'exec', server.key, '--', 'node', echo, server.address]).catch(() => {});
    void lab.run(['lab', 'node', 'node-3', '--', 'node', echo, '192.0.2.13']).catch(() => {});
    await untilSource(lab, web.key, { to: server.address, address: web.address });
    await untilSource(lab, web.key, { to: '192.0.2.13', address: node1 });

    await applyRoute('inner/all', 'a');
    expect(await sourceOf(lab, web.key)).toBe(addresses.a);
    const { clusterIP } = JSON.parse(
      await lab.kubectl(['get', 'service', '-n', 'inner', 'echo', '-o', 'jsonpath={.spec}']),
    );
    for (const udp of [false, true]) {
      expect(await sourceOf(lab, web.key, { to: server.address, udp })).toBe(web.address);
      expect(await sourceOf(lab, web.key, { to: clusterIP, port: 80, udp })).toBe(web.address);
      expect(await sourceOf(lab, web.key, { to: '192.0.2.13', udp })).toBe(node1);
    }
  });
});
