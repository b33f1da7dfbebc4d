import { beforeAll, describe, expect, it } from 'vitest';
import { measured, sourceOf, until, untilSource, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, type LabPod, runningPods, untilCondition, untilProgrammed } from '../support/lab-objects.ts';

// Two networks at once: the nodes' own, and `partner`, which node-3 is not connected to. Node-3 has no default route either.
const lab = useLab('networks', { nodes: 3, networks: 2 });

const gatewayNodes = ['node-1', 'node-2'] as const;
const onLink = '172.30.0.10';
const beyond = '172.31.0.7';
const beyond6 = '2001:db8:130::7';

const classYaml = `
apiVersion: sallyport.dev/v1alpha1
kind: EgressClass
metadata: {name: egress}
spec:
  gatewayNodes: {nodeSelector: {matchLabels: {egress: "true"}}}
  networks:
  - {name: default}
  - {name: partner, interface: eth1, routes: Own, gateway4: ${onLink}, gateway6: "2001:db8:30::10"}
---
apiVersion: sallyport.dev/v1alpha1
kind: EgressAddressPool
metadata: {name: partner}
spec: {network: partner, addresses: [172.30.0.100-172.30.0.149, "2001:db8:30::100-2001:db8:30::149"]}
---
apiVersion: sallyport.dev/v1alpha1
kind: EgressGatewayParameters
metadata: {name: partner, namespace: shop}
spec: {network: partner}`;

const onNode = (node: string, ...command: readonly string[]) => lab.run(['lab', 'node', node, '--', ...command]);
const owner = (gateway: string) =>
  until(`one node answers for ${gateway}`, async () => (await lab.owner(gateway)) ?? undefined);
let pods: readonly LabPod[] = [];
const addresses = { world: '', partner: '' };

const healthy = async () => {
  for (const gateway of ['shop/world', 'shop/partner']) {
    await untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });
    await untilProgrammed(lab, 'gateway', gateway);
  }
};
/** Each destination with the address of its Gateway, from every Pod away from these nodes. */
const expectBoth = async (without: readonly string[] = []) => {
  for (const { key } of pods.filter(({ node }) => !without.includes(node))) {
    expect([key, await sourceOf(lab, key)]).toEqual([key, addresses.world]);
    for (const to of [onLink, beyond])
      expect([key, to, await sourceOf(lab, key, { to })]).toEqual([key, to, addresses.partner]);
  }
};

beforeAll(async () => {
  await onNode('node-3', 'ip', 'link', 'del', 'eth1');
  await onNode('node-3', 'ip', 'route', 'del', 'default');
  await lab.kubectl(['label', 'node', ...gatewayNodes, 'egress=true']);
  await apply(lab, namespaceYaml('shop'), classYaml, daemonSetYaml('shop/app'), gatewayYaml('shop/world'));
  const parametersRef =
    'infrastructure: {parametersRef: {group: sallyport.dev, kind: EgressGatewayParameters, name: partner}}';
  await apply(lab, gatewayYaml('shop/partner', { spec: parametersRef }));
  await apply(
    lab,
    routeYaml('shop/world', { gateway: 'shop/world', match: '{destinations: [{cidr: 198.51.100.0/24}]}' }),
  );
  const destinations =
    '{destinations: [{cidr: 172.30.0.0/24}, {cidr: 172.31.0.0/24}, {cidr: "2001:db8:130::/64"}, {cidr: 203.0.113.0/24}]}';
  await apply(lab, routeYaml('shop/partner', { gateway: 'shop/partner', match: destinations }));
  addresses.world = await addressOf(lab, 'shop/world');
  addresses.partner = await addressOf(lab, 'shop/partner');
  for (const route of ['world', 'partner']) await untilProgrammed(lab, 'egressroute', `shop/${route}`);
  pods = await runningPods(lab, 'shop', { count: 3 });
  await healthy();
  await lab.resetSeen();
}, 120_000);

describe('two networks of one class', () => {
  it('each Gateway has an address of the pool of its network', () => {
    expect(addresses.world).toMatch(/^192\.0\.2\.1\d\d$/);
    expect(addresses.partner).toMatch(/^172\.30\.0\.1\d\d$/);
  });

  it('Pods reach each with its address, on the link and behind its next hop, also from a node that has no way to either', async () => {
    await expectBoth();
    const pod = pods.find(({ node }) => node === 'node-3')?.key ?? '';
    expect(await sourceOf(lab, pod, { to: beyond6 })).toMatch(/^2001:db8:30::1\d\d$/);
    expect(await sourceOf(lab, pod, { to: beyond, udp: true })).toBe(addresses.partner);
  });

  it('what the partner has no route for leaves by no other network', async () => {
    const sources = await Promise.all(pods.map(({ key }) => lab.whoami(key, { to: '203.0.113.9' })));
    expect(sources).toEqual([null, null, null]);
    expect(Object.keys(await lab.seen()).filter((source) => source.startsWith('172.'))).toEqual([addresses.partner]);
  });
});

describe('nodes', () => {
  it('a crash of the owner moves its address on the second network, too', async () => {
    const crashed = await owner('shop/partner');
    const [probe] = pods.filter(({ node }) => node === 'node-3');
    if (probe === undefined) throw new Error('no Pod on node-3');
    const since = performance.now();
    await lab.fault('crash', crashed);
    await untilSource(lab, probe.key, { address: addresses.partner, to: beyond });
    measured(`crash: the partner hears again after ${Math.round(performance.now() - since)} ms`);
    await expectBoth([crashed]);
    expect(await owner('shop/partner')).not.toBe(crashed);
    await lab.fault('heal', crashed);
    await healthy();
  });

  it('without the interface a node gives the network up, says so, and keeps the others', async () => {
    const before = await owner('shop/partner');
    await onNode(before, 'ip', 'link', 'set', 'eth1', 'down');
    await onNode(before, 'ip', 'link', 'set', 'eth1', 'name', 'elsewhere');
    const degraded = { type: 'sallyport.dev/Degraded', status: 'True', reason: 'NoStandby' } as const;
    await until(`Degraded says why ${before} does not stand by`, async () => {
      const { message } = await untilCondition(lab, ['gateway', 'shop/partner'], degraded);
      return message.includes(`${before}: interface eth1 does not exist on this node`) ? message : undefined;
    });
    await expectBoth();
    expect(await owner('shop/partner')).not.toBe(before);
    // Its keepalived reads a configuration without the network, and still stands by, or owns, elsewhere.
    await untilCondition(lab, ['gateway', 'shop/world'], { type: 'sallyport.dev/Degraded', status: 'False' });
    await lab.fault('kill', before, 'keepalived');
    await healthyWorld();
    await onNode(before, 'ip', 'link', 'set', 'elsewhere', 'name', 'eth1');
    await onNode(before, 'ip', 'link', 'set', 'eth1', 'up');
    await healthy();
    await expectBoth();
  });

  const healthyWorld = () =>
    untilCondition(lab, ['gateway', 'shop/world'], { type: 'sallyport.dev/Degraded', status: 'False' });

  it('nothing was seen with another address all that time', async () => {
    const seen = Object.keys(await lab.seen()).filter((source) => source.includes('.'));
    expect(seen.filter((source) => source !== addresses.world && source !== addresses.partner)).toEqual([]);
  });
});
