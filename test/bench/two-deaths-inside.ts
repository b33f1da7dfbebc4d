// Runs in a lab of four nodes: a group of three candidates loses two of them, one after the other. Says a FlowCheck of each side after each.

import { until } from '../support/lab.ts';
import { untilCondition } from '../support/lab-objects.ts';
import { makeFailoverWorld } from './failover-world.ts';
import { startScript } from './in-namespace.ts';
import { insideLab, ownerOf, untilWhole } from './inside-lab.ts';
import { emit, leave } from './lab-run.ts';
import type { FlowCheck } from './many-flow.ts';

/** What became of the connections after a death. */
export interface DeathLine {
  readonly dead: string;
  readonly owner: string;
  readonly opened: number;
  readonly podFirst: FlowCheck;
  readonly outsideFirst: FlowCheck;
}

const server = { host: '198.51.100.10', port: 9000 };
const perPod = 40;
const lab = insideLab();
await lab.kubectl(['patch', 'egressclass', 'egress', '--type=merge', '-p', '{"spec":{"failover":{"candidates":3}}}']);
const world = await makeFailoverWorld(lab, 'Default', 'bystanders');
const outside = startScript('/run/netns/outside', 'many-server.ts', [server.port]);
await outside.next();
const candidates = await lab.kubectl(['get', 'egressplacement', '-o', 'jsonpath={.items[*].spec.candidates[*].node}']);
const bystanders = world.pods.filter((pod) => !candidates.split(' ').includes(pod.replace(/^.*\//, '')));
const pods = bystanders.map((pod) =>
  startScript(`/run/lab/pods/${pod}`, 'many-clients.ts', [server.host, server.port, perPod, 1_000]),
);
const answers = await Promise.all(pods.map((pod) => pod.next<{ opened: number }>()));
const opened = answers.reduce((sum, pod) => sum + pod.opened, 0);
await die();
// Until the third has the flows: first it is said that nobody has.
await untilCondition(lab, ['gateway', world.gateway], { type: 'sallyport.dev/Degraded', status: 'True' });
await until('another pair', async () => {
  const pairs = await lab.kubectl(['get', 'egressplacement', '-o', 'jsonpath={.items[*].spec.replication.nodes}']);
  return pairs === '' ? undefined : pairs;
});
await untilWhole(lab, world.gateway, 0);
await die();
leave();

async function die(): Promise<void> {
  const dead = await ownerOf(lab, world.gateway);
  await lab.fault('crash', dead);
  const owner = await ownerOf(lab, world.gateway);
  for (const side of [outside, ...pods]) side.tell('check');
  const outsideFirst = await outside.next<FlowCheck>();
  const checks = await Promise.all(pods.map((pod) => pod.next<FlowCheck>()));
  const sum = (pick: (check: FlowCheck) => number) => checks.reduce((total, check) => total + pick(check), 0);
  const lost = checks.flatMap((check) => check.lost);
  const podFirst = { asked: sum(({ asked }) => asked), answered: sum(({ answered }) => answered), lost };
  emit({ dead, owner, opened, podFirst, outsideFirst } satisfies DeathLine);
}
