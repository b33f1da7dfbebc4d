import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type FrrRouter, pathsOf, startScript, vtysh } from '../support/frr.ts';
import { measured, sourceOf, until, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, type LabPod, runningPods, untilCondition, untilProgrammed } from '../support/lab-objects.ts';

// Addresses that no subnet has: the router, a real FRR, learns by BGP alone which node they are on.
const lab = useLab('bgp', { nodes: 3 });

const gateway = 'shop/routed';
const seconds = 7;
const router: FrrRouter = {
  folder: '/run/frr-router',
  asn: 65_000,
  id: '192.0.2.1',
  listen: ['192.0.2.0/24', '2001:db8:2::/64'],
  remoteAsn: 65_001,
};

const classYaml = (asn: number) => `
apiVersion: sallyport.dev/v1alpha1
kind: EgressClass
metadata: {name: egress}
spec:
  gatewayNodes: {nodeSelector: {matchLabels: {egress: "true"}}}
  networks:
  - {name: default}
  - name: routed
    announce: BGP
    bgp:
      localASN: 65001
      peers: [{address: 192.0.2.1, asn: ${asn}}, {address: "2001:db8:2::1", asn: ${asn}, bfd: true}]`;
const poolYaml = `
apiVersion: sallyport.dev/v1alpha1
kind: EgressAddressPool
metadata: {name: routed}
spec: {network: routed, addresses: [172.29.7.16-172.29.7.31, "2001:db8:77::10-2001:db8:77::1f"]}
---
apiVersion: sallyport.dev/v1alpha1
kind: EgressGatewayParameters
metadata: {name: routed, namespace: shop}
spec: {network: routed}`;

const inRouter = (...command: readonly string[]) => lab.run(['ip', 'netns', 'exec', 'router', ...command]);
const ask = async (...commands: readonly string[]) => (await inRouter(...vtysh(router, ...commands))).stdout;
let pods: readonly LabPod[] = [];
let address = '';

/** The node that the router sends to. */
const owner = () =>
  until('the router has a way', async () => {
    const { stdout } = await inRouter('ip', '-j', 'route', 'get', address);
    const via = /"gateway":"192\.0\.2\.(\d+)"/.exec(stdout)?.[1];
    return via === undefined ? undefined : `node-${Number(via) - 10}`;
  });
const healthy = async () => {
  await untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });
  await untilProgrammed(lab, 'gateway', gateway);
};

beforeAll(async () => {
  const started = await inRouter('sh', '-c', startScript(router));
  expect([started.stderr, started.status]).toEqual([expect.any(String), 0]);
  await lab.kubectl(['label', 'node', 'node-1', 'node-2', 'egress=true']);
  await apply(lab, namespaceYaml('shop'), classYaml(65_000), poolYaml, daemonSetYaml('shop/app'));
  const parametersRef =
    'infrastructure: {parametersRef: {group: sallyport.dev, kind: EgressGatewayParameters, name: routed}}';
  await apply(lab, gatewayYaml(gateway, { spec: parametersRef }));
  await apply(lab, routeYaml('shop/all', { gateway }));
  address = await addressOf(lab, gateway);
  await untilProgrammed(lab, 'egressroute', 'shop/all');
  pods = await runningPods(lab, 'shop', { count: 3 });
  await healthy();
}, 120_000);

describe('addresses that are routed to the nodes', () => {
  it('are the source of Pods on every node, in both families, and replies come back', async () => {
    expect(address).toMatch(/^172\.29\.7\./);
    for (const { key } of pods) {
      expect([key, await sourceOf(lab, key)]).toEqual([key, address]);
      expect(await sourceOf(lab, key, { ipv6: true })).toMatch(/^2001:db8:77::1[0-9a-f]$/);
    }
  });

  it('are announced by their owner alone', async () => {
    const node = await owner();
    const paths = pathsOf(await ask(`show bgp ipv4 unicast ${address}/32 json`));
    expect(paths).toEqual([`192.0.2.${Number(node.slice(5)) + 10}`]);
  });
});

it('without a session nobody owns the addresses, and the Gateway says what to compare', async () => {
  await apply(lab, classYaml(65_009));
  const condition = { type: 'Programmed', status: 'False' } as const;
  await until('the message names peer and number', async () => {
    const { message } = await untilCondition(lab, ['gateway', gateway], condition);
    return /no BGP session with 192\.0\.2\.1 AS 65009 \(.*Bad peer AS/.test(message) ? message : undefined;
  }).then(measured);
  expect(pathsOf(await ask(`show bgp ipv4 unicast ${address}/32 json`))).toEqual([]);
  await apply(lab, classYaml(65_000));
  await healthy();
  for (const { key } of pods) expect([key, await sourceOf(lab, key)]).toEqual([key, address]);
});

it('a family whose router is not heard is said of, and takes nothing else with it; an owner that none hears gives up', async () => {
  const before = await owner();
  const number = Number(before.slice(5)) + 10;
  const deaf = async (ip: string, source: string) => {
    const chain = `add chain ${ip} deaf input { type filter hook input priority 0; }`;
    await inRouter('nft', `add table ${ip} deaf; ${chain}; add rule ${ip} deaf input ${ip} saddr ${source} drop`);
  };
  await deaf('ip6', `2001:db8:2::${number}`);
  await until('the message names the peer', async () => {
    const { message } = await untilCondition(lab, ['gateway', gateway], { type: 'Programmed', status: 'False' });
    return new RegExp(`${before}: no BGP session with 2001:db8:2::1 AS 65000`).test(message) ? message : undefined;
  }).then(measured);
  expect(await owner()).toBe(before);
  for (const { key } of pods) expect([key, await sourceOf(lab, key)]).toEqual([key, address]);
  const since = performance.now();
  await deaf('ip', `192.0.2.${number}`);
  await until('the other one has the address', async () => ((await owner()) === before ? undefined : true));
  // Without BFD: 9 s of hold time.
  measured(`cut off: the route moved after ${Math.round(performance.now() - since)} ms`);
  await inRouter('nft', 'delete table ip deaf; delete table ip6 deaf');
  await healthy();
  expect(await owner()).not.toBe(before);
});

describe('moves', () => {
  /** Traffic of all Pods outside of `without` while something happens; the worst gap of UDP is measured. */
  const underTraffic = async (what: string, probed: readonly LabPod[], act: () => Promise<unknown>) => {
    await lab.resetSeen();
    const keys = probed.map(({ key }) => key);
    const probe = lab.probe(keys, { tcp: 10, intervalMs: 5, seconds });
    await Promise.all([probe, sleep(2_000).then(act)]);
    const results = await probe;
    const lost = results.reduce((sum, { udp }) => sum + udp.sent - udp.received, 0);
    const sent = results.reduce((sum, { udp }) => sum + udp.sent, 0);
    const gap = Math.max(...results.map(({ udp }) => udp.longestGapMs));
    const stall = Math.max(...results.map(({ tcp }) => tcp.longestStallMs));
    measured(`${what}: ${lost} of ${sent} datagrams lost, longest UDP gap ${gap} ms, longest TCP stall ${stall} ms`);
    for (const { tcp } of results) expect.soft(tcp).toMatchObject({ opened: 10, survived: 10, sources: [address] });
    expect(Object.keys(await lab.seen())).toEqual([address]);
    return lost;
  };

  it('a drained node hands over, and nothing is lost', async () => {
    const before = await owner();
    const lost = await underTraffic('drain', pods, () => lab.run(['sallyport', 'drain', before, '--timeout', '30']));
    expect(lost).toBe(0);
    expect(await owner()).not.toBe(before);
    await lab.run(['sallyport', 'undrain', before]);
    await healthy();
  });

  // The last one: it takes a while until a healed node stands by again.
  it('a crash of the owner moves the route before the session of the dead one has timed out', async () => {
    const crashed = await owner();
    const others = pods.filter(({ node }) => node !== crashed);
    await underTraffic('crash', others, () => lab.fault('crash', crashed));
    expect(await owner()).not.toBe(crashed);
  });
});
