// The part of `npm run bench -- failover --flows` that runs in a lab. Says ManyLine.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { inNetns, tryTool } from '../../hack/lab/tools.ts';
import { breakNode } from './failover-faults.ts';
import { makeFailoverWorld, type Profile } from './failover-world.ts';
import { startScript } from './in-namespace.ts';
import { insideLab, ownerOf, untilWhole } from './inside-lab.ts';
import { emit, leave, progress } from './lab-run.ts';
import type { FlowCheck, LostFlow } from './many-flow.ts';

/** What became of all connections after a crash. */
export interface ManyLine {
  readonly opened: number;
  readonly podFirst: FlowCheck;
  readonly outsideFirst: FlowCheck;
  readonly wrong: number;
}

const options = {
  profile: { type: 'string', default: 'Fast' },
  count: { type: 'string', default: '10000' },
  age: { type: 'string', default: '1200' },
  second: { type: 'string', default: '300' },
  settle: { type: 'string', default: '6000' },
} as const;
const server = { host: '198.51.100.10', port: 9000 };
const lab = insideLab();

const { values } = parseArgs({ options });
const world = await makeFailoverWorld(lab, values.profile as Profile, 'bystanders');
const outside = startScript('/run/netns/outside', 'many-server.ts', [server.port]);
await outside.next();
await lab.resetSeen();
const share = Math.ceil(Number(values.count) / world.pods.length);
progress(`${values.count} connections from ${world.pods.length} Pods over ${values.age} s`);
const pods = world.pods.map((pod) =>
  startScript(`/run/lab/pods/${pod}`, 'many-clients.ts', [server.host, server.port, share, Number(values.age) * 1000]),
);
// Before the last ones are opened, so that the youngest is a second old when the owner crashes.
await untilWhole(lab, world.gateway, Number(values.settle));
let owner = await ownerOf(lab, world.gateway);
const answers = await Promise.all(pods.map((pod) => pod.next<{ opened: number }>()));
const opened = answers.reduce((sum, pod) => sum + pod.opened, 0);
progress(`${opened} are open`);
await crash(owner);
progress(`healed; the next one crashes in ${values.second} s`);
await sleep(Math.max(Number(values.second) * 1000, Number(values.settle)));
await untilWhole(lab, world.gateway, 0);
owner = await ownerOf(lab, world.gateway);
await crash(owner);
leave();

async function crash(node: string): Promise<void> {
  await breakNode(lab, 'crash', node);
  await sleep(1_000);
  for (const side of [outside, ...pods]) side.tell('check');
  const outsideFirst = await outside.next<FlowCheck>();
  const checks = await Promise.all(pods.map((pod) => pod.next<FlowCheck>()));
  const sum = (pick: (check: FlowCheck) => number) => checks.reduce((total, check) => total + pick(check), 0);
  const lost = checks.flatMap((check) => check.lost);
  const podFirst = { asked: sum(({ asked }) => asked), answered: sum(({ answered }) => answered), lost };
  const { [world.address]: _, ...others } = await lab.seen();
  const wrong = Object.values(others).reduce((total, packets) => total + packets, 0);
  progress(`${node} crashed: ${JSON.stringify({ podFirst, outsideFirst, others })}`);
  for (const flow of [...lost, ...outsideFirst.lost].slice(0, 5)) await describeLost(flow);
  emit({ opened, podFirst, outsideFirst, wrong } satisfies ManyLine);
  await sleep(5_000); // until it has given up (docs/design/0007)
  await lab.fault('heal', node);
}

/** Says what the nodes' connection tracking knows of a connection that did not survive. */
async function describeLost({ port }: LostFlow): Promise<void> {
  const nodes = await lab.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']);
  for (const name of nodes.split(' ')) {
    const list = await tryTool(inNetns(name, ['conntrack', '-L', '-p', 'tcp']));
    for (const line of list.stdout.split('\n')) if (line.includes(`port=${port} `)) progress(`  ${name}: ${line}`);
  }
}
