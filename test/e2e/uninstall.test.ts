import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { sourceOf, until, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, runningPods, untilProgrammed } from '../support/lab-objects.ts';

// docs/install.md, Uninstall: what the nodes' kernels hold afterwards is what they held before, told by their own tools.
const lab = useLab('uninstall', { nodes: 2, bare: true });

const config = join(import.meta.dirname, '..', '..', 'config');
const system = 'sallyport-system';
const nodes = ['node-1', 'node-2'];
// Of counters and lifetimes nothing; of settings the three that are known to stay.
const look = `
nft list tables
ip -d -o link show | sed -E 's/ (promiscuity|numtxqueues|gso|tso|gro|minmtu|qlen|state).*//; s/@[^:]*//'
ip -o addr show | sed -E 's/ (valid_lft|preferred_lft).*//; s/\\\\\\\\.*//'
for family in -4 -6; do ip $family rule show; ip $family route show table all | sed -E 's/ (expires|pref) .*//'; done
ip neigh show | grep -E 'managed|PERMANENT' | sed -E 's/ (REACHABLE|STALE|DELAY|PROBE)//'
ip neigh show to 198.18.0.0/15 | sed 's/^/neighbour /'
conntrack -L 2> /dev/null | grep -E '198\\.1[89]\\.|fd5a:11:9f:|mark=[1-9]'
bridge fdb show | grep ' dst '
ls -A /run/sallyport/failover 2> /dev/null
sysctl -a 2> /dev/null | grep -E '^net\\.(ipv4|ipv6|netfilter|bridge)\\.' | grep -vE '_(count|sets)|\\.(mtu|hop_limit|random|stable_secret)|inet_peer|tcp_mem|nonlocal'
true`;
const settings = /^net\.(ipv4\.ip_forward|netfilter\.nf_conntrack_(tcp_be_liberal|events)) /;

async function stateOf(node: string): Promise<readonly string[]> {
  const { status, stdout, stderr } = await lab.run(['lab', 'node', node, '--', 'bash', '-c', look]);
  expect([status, stderr]).toEqual([0, '']);
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !settings.test(line))
    .sort();
}
const statesNow = () => Promise.all(nodes.map(stateOf));
const kustomize = (folder: string) =>
  lab.kubectl(['apply', '--server-side', '--force-conflicts', '-k', join(config, folder)]);
const failover = ['-l', 'app.kubernetes.io/component=failover'];
const rollout = (workload: string) => lab.kubectl(['rollout', 'status', '-n', system, workload, '--timeout=60s']);

let before: readonly (readonly string[])[] = [];

beforeAll(async () => {
  // The first Pod of a node brings the CNI's bridge up, with a link-local address.
  await apply(lab, namespaceYaml('base'), daemonSetYaml('base/web'));
  await runningPods(lab, 'base', { count: 2 });
  before = await until('the nodes are at rest', async () => {
    const was = await statesNow();
    await sleep(2_000);
    const is = await statesNow();
    return JSON.stringify(was) === JSON.stringify(is) ? is : undefined;
  });
  const { status, stderr } = await lab.run(['bash', '-c', 'kubectl apply --server-side -f "$SALLYPORT_LAB_CRDS"']);
  expect([status, stderr]).toEqual([0, '']);
  await until('config/install is applied', async () => await kustomize('install').catch(() => undefined));
  await until(
    'the samples are applied',
    async () => await lab.kubectl(['apply', '-f', join(config, 'samples', 'lab', 'class.yaml')]).catch(() => undefined),
  );
  for (const workload of ['deployment/sallyport-controller', 'daemonset/sallyport-agent']) await rollout(workload);
  await lab.kubectl(['wait', 'pod', '-n', system, ...failover, '--for=condition=Ready', '--timeout=60s']);
}, 120_000);

describe('Sallyport, uninstalled', () => {
  let owner = '';
  let address = '';

  it('was there: a Pod left with the egress address, and the kernels held what is ours', async () => {
    await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/web'));
    await runningPods(lab, 'shop', { count: 2 });
    await apply(lab, gatewayYaml('shop/out'), routeYaml('shop/all', { gateway: 'shop/out' }));
    address = await addressOf(lab, 'shop/out');
    await untilProgrammed(lab, 'egressroute', 'shop/all');
    for (const { key } of await runningPods(lab, 'shop', { count: 2 })) expect(await sourceOf(lab, key)).toBe(address);
    owner = (await lab.owner('shop/out')) ?? '';
    expect(nodes).toContain(owner);
    const state = (await stateOf(owner)).join('\n');
    for (const piece of ['table inet sallyport', 'egress0', 'egp0', ` ${address}/32`, 'proto 84', 'mark=', 'managed'])
      expect(state).toContain(piece);
    expect(await stateOf(owner)).toEqual(expect.arrayContaining(['keepalived.conf']));
  });

  it('an agent that ends leaves everything in place', async () => {
    await lab.kubectl(['delete', 'pod', '-n', system, '-l', 'app.kubernetes.io/component=agent']);
    await rollout('daemonset/sallyport-agent');
    expect((await stateOf(owner)).join('\n')).toContain('table inet sallyport');
    expect(await lab.owner('shop/out')).toBe(owner);
  });

  it('leaves no table, device, route, rule, address, neighbour, flow or file, whatever keepalived left behind', async () => {
    await lab.kubectl(['delete', '-n', system, 'deployment/sallyport-controller']);
    // keepalived does not even come to giving its addresses up.
    await lab.kubectl(['delete', '-n', system, 'daemonset/sallyport-failover', '--cascade=orphan']);
    await lab.kubectl(['delete', 'pod', '-n', system, ...failover, '--force', '--grace-period=0']);
    await until('nothing of failover runs', async () => {
      const { status } = await lab.run(['lab', 'node', owner, '--', 'pgrep', '--ns', '1', 'keepalived']);
      return status === 0 ? undefined : true;
    });
    expect((await stateOf(owner)).join('\n')).toContain(` ${address}/32`);

    await kustomize('uninstall');
    await rollout('daemonset/sallyport-agent');
    await lab.kubectl(['delete', 'namespace', 'shop', '--wait=false']);
    await until(
      'its Pods are gone',
      async () => (await lab.kubectl(['get', 'pods', '-n', 'shop', '-o', 'name'])) === '' || undefined,
    );
    for (const [i, node] of nodes.entries())
      await until(
        `${node} is as it was`,
        async () => JSON.stringify(await stateOf(node)) === JSON.stringify(before[i]) || undefined,
        { seconds: 20, explain: async () => differences(before[i] ?? [], await stateOf(node)) },
      );
  });

  it('says which settings stay as they are', async () => {
    const logs = (await lab.run(['lab', 'logs', `${system}/sallyport-agent`])).stdout + (await allLogs());
    expect(logs).toContain('net/ipv4/ip_forward=1');
  });

  it('goes from the API server, too', async () => {
    await lab.kubectl(['delete', '-k', join(config, 'install'), '--ignore-not-found', '--timeout=60s']);
    const left = await lab.kubectl(['get', 'crds,clusterroles,validatingadmissionpolicies', '-o', 'name']);
    expect(left.split('\n').filter((name) => name.includes('sallyport'))).toEqual([]);
  });
});

async function allLogs(): Promise<string> {
  return (await lab.run(['bash', '-c', 'cat /run/lab/logs/sallyport-system_sallyport-agent-*'])).stdout;
}

function differences(was: readonly string[], is: readonly string[]): string {
  const lines = (mark: string, all: readonly string[], others: readonly string[]) =>
    all.filter((line) => !others.includes(line)).map((line) => `${mark} ${line}`);
  return [...lines('-', was, is), ...lines('+', is, was)].join('\n');
}
