import { beforeAll, describe, expect, it } from 'vitest';
import { sourceOf, until, untilSource, useLab } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, runningPods, untilProgrammed } from '../support/lab-objects.ts';

// EgressClass.spec.isolation, from the manifest to the packet; judged by what servers outside saw; beside a CNI that masquerades by iptables.
const lab = useLab('isolation', { nodes: 2, cni: 'bridge-iptables' });

const node1 = '192.0.2.11';
const isolation = (selector: string, more = '') => `
apiVersion: sallyport.dev/v1alpha1
kind: EgressClass
metadata: {name: strict}
spec:
  isolation: {namespaceSelector: ${selector}}
  ${more}`;
const strict = isolation('{matchLabels: {tenant: strict}}');
let address = '';

beforeAll(async () => {
  await apply(lab, strict, namespaceYaml('vault', { tenant: 'strict' }), namespaceYaml('yard'), namespaceYaml('lane'));
  await apply(lab, gatewayYaml('vault/partners'));
  address = await addressOf(lab, 'vault/partners');
  for (const key of ['vault/web', 'yard/web', 'lane/web']) await apply(lab, podYaml(key, { node: 'node-1' }));
  for (const namespace of ['vault', 'yard', 'lane']) await runningPods(lab, namespace, { count: 1 });
});

/** Packets of a node that were dropped because their namespace is isolated. */
async function droppedOn(node: string): Promise<number> {
  const { stdout } = await lab.run([
    'lab',
    'node',
    node,
    '--',
    'nft',
    'list',
    'counter',
    'inet',
    'sallyport',
    'isolated',
  ]);
  return Number(/packets (\d+)/.exec(stdout)?.[1]);
}

describe('an isolated namespace', () => {
  it('has no way outside, and says so on its node; its neighbour has one', async () => {
    expect(await sourceOf(lab, 'yard/web')).toBe(node1);
    await lab.resetSeen();
    const before = await droppedOn('node-1');
    expect(await Promise.all([false, true].map((udp) => lab.whoami('vault/web', { udp })))).toEqual([null, null]);
    expect(await lab.seen()).toEqual({});
    expect((await droppedOn('node-1')) - before).toBeGreaterThanOrEqual(2);
  });

  it('has the way that a route gives, and no other', async () => {
    await apply(
      lab,
      routeYaml('vault/some', { gateway: 'vault/partners', match: '{destinations: [{cidr: 203.0.113.0/24}]}' }),
    );
    await untilProgrammed(lab, 'egressroute', 'vault/some');
    expect(await sourceOf(lab, 'vault/web', { to: '203.0.113.5' })).toBe(address);
    expect(await lab.whoami('vault/web', { to: '198.51.100.10' })).toBeNull();
  });

  it('is one from the first instruction of its Pods on', async () => {
    await lab.resetSeen();
    for (let n = 0; n < 5; n++) await apply(lab, podYaml(`vault/eager-${n}`, { node: 'node-1' }));
    const ask = async (pod: string) => {
      for (;;) {
        try {
          return await lab.whoami(pod, { udp: true });
        } catch (error) {
          if (!(error instanceof Error && /no pod .* runs here/.test(error.message))) throw error;
        }
      }
    };
    const answers = await Promise.all([0, 1, 2, 3, 4].map((n) => ask(`vault/eager-${n}`)));
    expect(answers).toEqual([null, null, null, null, null]);
    expect(await lab.seen()).toEqual({});
  });

  it('becomes one and ceases to be one by its labels, within a second for flows that are under way', async () => {
    await lab.resetSeen();
    const flow = lab.probe(['yard/web'], { tcp: 2, intervalMs: 5, seconds: 5 });
    await until('the flow runs', async () => (((await lab.seen())[node1] ?? 0) > 100 ? true : undefined));
    await lab.kubectl(['label', 'namespace', 'yard', 'tenant=strict']);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await lab.resetSeen();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await lab.seen()).toEqual({});
    expect(await lab.whoami('yard/web')).toBeNull();
    await flow;
    await lab.kubectl(['label', 'namespace', 'yard', 'tenant-']);
    await untilSource(lab, 'yard/web', { address: node1 });
  });

  it('is none that the class excludes', async () => {
    await apply(lab, isolation('{}', 'excludedNamespaces: [kube-system, yard]'));
    await until('a namespace without labels is isolated', async () =>
      (await lab.whoami('lane/web')) === null ? true : undefined,
    );
    expect(await sourceOf(lab, 'yard/web')).toBe(node1);
  });

  it('ends with its class, and Pods go on as others', async () => {
    await lab.kubectl(['delete', 'egressclass', 'strict']);
    await untilSource(lab, 'vault/web', { to: '198.51.100.10', address: node1 });
    expect(await sourceOf(lab, 'vault/web', { to: '203.0.113.5' })).toBe(address);
  });
});
