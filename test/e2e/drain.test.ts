import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it } from 'vitest';
import { recordFault } from '../support/fault-results.ts';
import { readKernelCounts, tellGrowth } from '../support/kernel-drops.ts';
import { measured, until, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import {
  addressOf,
  apply,
  conditionsOf,
  readObject,
  runningPods,
  untilCondition,
  untilProgrammed,
} from '../support/lab-objects.ts';

// Planned moves under traffic from every node: nothing is lost, no connection stalls for long.
const lab = useLab('drain', { nodes: 4 });

const gateway = 'shop/partners';
const nodes = ['node-1', 'node-2', 'node-3', 'node-4'];
const seconds = 12;
let address = '';

beforeAll(async () => {
  await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/payments'), gatewayYaml(gateway));
  await apply(lab, routeYaml('shop/all', { gateway }));
  address = await addressOf(lab, gateway);
  await untilProgrammed(lab, 'egressroute', 'shop/all');
  await runningPods(lab, 'shop', { count: 4 });
});

const owner = () => until('one node answers for the address', async () => (await lab.owner(gateway)) ?? undefined);
const ready = async () => {
  await untilCondition(lab, ['gateway', gateway], { type: 'sallyport.dev/Degraded', status: 'False' });
  await untilProgrammed(lab, 'gateway', gateway);
};

/** Traffic of all Pods while `move` takes the address from the node that owns it; resolves to both owners. */
async function underTraffic(
  what: string,
  move: (from: string) => Promise<unknown>,
): Promise<readonly [string, string]> {
  await ready();
  const pods = await runningPods(lab, 'shop', { count: 4 });
  const before = await owner();
  await lab.resetSeen();
  const counts = await readKernelCounts(lab, nodes);
  const probe = lab.probe(
    pods.map(({ key }) => key),
    { tcp: 10, intervalMs: 5, seconds },
  );
  await Promise.all([probe, sleep(5_000).then(() => move(before))]);
  const results = await probe;
  if (results.some(({ udp }) => udp.received < udp.sent)) tellGrowth(counts, await readKernelCounts(lab, nodes));
  const seen = await lab.seen();
  await recordFault({ fault: what, promised: 'nothing', results, seen, addresses: [address] });
  for (const { pod, udp, tcp } of results) {
    measured(
      `${pod}: ${udp.sent - udp.received} of ${udp.sent} datagrams lost, longest TCP stall ${tcp.longestStallMs} ms`,
    );
    expect.soft(`${pod} ${udp.sent - udp.received} lost`).toBe(`${pod} 0 lost`);
    expect.soft(tcp).toMatchObject({ opened: 10, survived: 10, sources: [address] });
  }
  expect(Object.keys(seen)).toEqual([address]);
  return [before, await owner()];
}

it('a cordoned node hands over to its standby, and loses nothing', async () => {
  const [before, after] = await underTraffic('planned move: owner cordoned', (node) => lab.kubectl(['cordon', node]));
  expect(after).not.toBe(before);
  await ready();
  await lab.kubectl(['uncordon', before]);
  await sleep(3_000);
  // Whoever comes back takes nothing away.
  expect(await owner()).toBe(after);
});

/** Replaces the failover Pod of a node, as an upgrade of keepalived and conntrackd does; resolves when its successor runs. */
async function replaceFailover(node: string): Promise<void> {
  const pods = ['pod', '-n', 'sallyport-system', '-l', 'app.kubernetes.io/component=failover'];
  const there = ['--field-selector', `spec.nodeName=${node}`];
  const before = await lab.kubectl(['get', ...pods, ...there, '-o', 'name']);
  expect(before).toContain('pod/');
  await lab.kubectl(['delete', ...pods, ...there, '--timeout=20s']);
  await until('its successor is Ready', async () => {
    const ready = [
      '-o',
      'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{end}',
    ];
    const text = await lab.kubectl(['get', ...pods, ...there, ...ready]);
    return text.endsWith('True') && !before.includes(text.split(' ')[0] ?? '') ? true : undefined;
  });
}

it('`sallyport drain` waits until the node owns nothing; its daemons may be upgraded then', async () => {
  let said = '';
  const what = 'planned move: `sallyport drain`, its failover Pod replaced';
  const [before, after] = await underTraffic(what, async (node) => {
    said = (await lab.run(['sallyport', 'drain', node, '--timeout', '30', '-o', 'json'])).stdout;
    await replaceFailover(node);
  });
  expect(after).not.toBe(before);
  expect(JSON.parse(said)).toMatchObject({
    node: before,
    drained: true,
    held: [],
    moved: [{ namespace: 'shop', name: 'partners', owner: after }],
  });
  const node = await readObject(lab, 'node', before);
  expect(JSON.stringify(node)).toContain('sallyport.dev/drain');
  await untilCondition(lab, ['egressnode', before], { type: 'Drained', status: 'True', reason: 'HandedOver' });
  await lab.run(['sallyport', 'undrain', before]);
  await until('nothing is said of draining', async () =>
    conditionsOf(await readObject(lab, 'egressnode', before)).length === 0 ? true : undefined,
  );
  expect(JSON.stringify(await readObject(lab, 'node', before))).not.toContain('sallyport.dev/drain');
});

it('says what stays, and why, when there is nobody to take it', async () => {
  await ready();
  const last = await owner();
  const others = ['node-1', 'node-2', 'node-3', 'node-4'].filter((node) => node !== last);
  for (const node of others) await lab.kubectl(['cordon', node]);
  const { status, stderr } = await lab.run(['sallyport', 'drain', last, '--timeout', '4']);
  expect(status).toBe(1);
  expect(stderr).toContain('shop/partners: nobody is to take it over yet');
  expect(await owner()).toBe(last);
  const wanted = { type: 'Drained', status: 'False', reason: 'HandingOver' } as const;
  const { message } = await untilCondition(lab, ['egressnode', last], wanted);
  expect(message).toContain('still on this node: shop/partners');
  for (const node of others) await lab.kubectl(['uncordon', node]);
  await until('the address to move', async () => ((await lab.owner(gateway)) === last ? undefined : true));
});
