import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { readKernelCounts, tellGrowth } from '../support/kernel-drops.ts';
import { measured, until, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  addressOf,
  apply,
  type LabPod,
  readObject,
  runningPods,
  untilCondition,
  untilProgrammed,
} from '../support/lab-objects.ts';

// A cluster without IPv4: Pods, nodes, Services, the API server, tunnel, VRRP and replication. What leaves, a drain, a crash.
const lab = useLab('ipv6-only', { nodes: 3, ipFamily: 'ipv6' });

const nodes = ['node-1', 'node-2', 'node-3'];
const gateway = 'shop/partners';
let pods: readonly LabPod[] = [];
let address = '';

beforeAll(async () => {
  await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/payments'), gatewayYaml(gateway));
  await apply(lab, routeYaml('shop/all', { gateway }));
  address = await addressOf(lab, gateway);
  await untilProgrammed(lab, 'egressroute', 'shop/all');
  pods = await runningPods(lab, 'shop', { count: 3 });
});

const owner = () => until('one node answers for the address', async () => (await lab.owner(gateway)) ?? undefined);
const ready = () => untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });

it('Pods of all nodes leave with an IPv6 address, and EgressCluster says by which family nodes tunnel', async () => {
  expect(address).toMatch(/^2001:db8:2::/);
  const ways = pods.flatMap(({ key }) => [false, true].map((udp) => ({ key, udp })));
  expect(await Promise.all(ways.map(({ key, udp }) => lab.whoami(key, { udp })))).toEqual(ways.map(() => address));
  const { message } = await untilCondition(lab, ['egresscluster', 'default'], {
    ...{ type: 'sallyport.dev/NodesWithoutTunnel', status: 'False' },
  });
  expect(message).toBe('nodes tunnel by IPv6');
  const { stdout } = await lab.run(['lab', 'node', 'node-1', '--', 'ip', '-4', '-o', 'addr', 'show', 'dev', 'eth0']);
  expect(stdout).toBe('');
});

it('a drain loses nothing', async () => {
  await ready();
  const before = await owner();
  const counts = await readKernelCounts(lab, nodes);
  const probe = lab.probe(
    pods.map(({ key }) => key),
    { tcp: 10, intervalMs: 5, seconds: 7 },
  );
  await sleep(1_500);
  expect((await lab.run(['sallyport', 'drain', before, '--timeout', '20'])).status).toBe(0);
  const results = await probe;
  // One run of seven lost one datagram of the heir's own Pod, and nobody knows where.
  if (results.some(({ udp }) => udp.received < udp.sent)) tellGrowth(counts, await readKernelCounts(lab, nodes));
  for (const { pod, udp, tcp } of results) {
    measured(`drain, ${pod}: ${udp.sent - udp.received} of ${udp.sent} lost, longest stall ${tcp.longestStallMs} ms`);
    expect.soft(`${pod} ${udp.sent - udp.received} lost`).toBe(`${pod} 0 lost`);
    expect.soft(tcp).toMatchObject({ opened: 10, survived: 10, sources: [address] });
  }
  expect(await owner()).not.toBe(before);
  await lab.run(['sallyport', 'undrain', before]);
  expect(JSON.stringify(await readObject(lab, 'node', before))).not.toContain('sallyport.dev/drain');
});

it('when the owner crashes, the connections of all other Pods go on', async () => {
  await ready();
  await lab.resetSeen();
  const before = await owner();
  const others = pods.filter(({ node }) => node !== before);
  const probe = lab.probe(
    others.map(({ key }) => key),
    { tcp: 20, intervalMs: 5, seconds: 6 },
  );
  // On a busy machine they take their time to begin.
  await until('traffic', async () => ((await lab.seen())[address] ?? 0) > 500 || undefined);
  await lab.fault('crash', before);
  const results = await probe;
  const after = await owner();
  for (const { pod, udp, tcp } of results) {
    const isHeirs = others.some(({ key, node }) => key === pod && node === after);
    const where = isHeirs ? ' (beside the new owner)' : '';
    measured(
      `crash, ${pod}${where}: UDP gap ${udp.longestGapMs} ms, ${tcp.survived} of ${tcp.opened}, longest stall ${tcp.longestStallMs} ms`,
    );
    expect.soft(`${pod} ${tcp.survived} of ${tcp.opened}`).toBe(`${pod} 20 of 20`);
  }
  expect(after).not.toBe(before);
  expect(Object.keys(await lab.seen())).toEqual([address]);
});
