import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { resources } from '../../src/api/resources.ts';
import { applyObject } from '../../src/kube/apply.ts';
import { type Controller, startController } from './hollow/controller.ts';
import { startCrew } from './hollow/crew.ts';
import { look, perAgent, percentOf } from './hollow/look.ts';
import { requestsBetween } from './hollow/meters.ts';
import { churnNodes } from './hollow/node-churn.ts';
import { accepted, ownedBy, ownerOf, programmed, upToDate } from './hollow/questions.ts';
import { agree, type HollowRun, seconds } from './hollow/run.ts';
import { agentToken, inParallel, runPod, setReady, startHollowWorld } from './hollow/world.ts';
import { progress } from './lab-run.ts';
import type { ClusterSize } from './large-cluster.ts';
import { currentLoad, publish, type Row } from './section.ts';

const options = {
  nodes: { type: 'string', default: '1000' },
  pods: { type: 'string', default: '100000' },
  gateways: { type: 'string', default: '50' },
  routes: { type: 'string', default: '200' },
  processes: { type: 'string', default: '4' },
  smoke: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
} as const;

const restMs = 60_000;
/** From the last report to the last status that follows from it. */
const settleMs = 15_000;
/** Until what was under way is also forgotten: V8 collects garbage for a while after. */
const calmMs = 60_000;
/** All reports are some twenty megabytes. */
const reportsMs = 5_000;

/** A cluster of hollow nodes: real API server, real controller, the agents' own code with kernels in memory; what its whole costs, and how long it takes to agree. */
export async function hollow(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const [nodes, pods, gateways, routes] = values.smoke
    ? [20, 400, 10, 40]
    : [Number(values.nodes), Number(values.pods), Number(values.gateways), Number(values.routes)];
  const size: ClusterSize = { nodes, pods, gateways, routes };
  const loadBefore = currentLoad();
  const rows: Row[] = [];
  const add: HollowRun['add'] = (measure, figure, more = {}) => {
    rows.push({ measure, figure, ...more });
    progress(`${measure}: ${figure}`);
  };
  const processes = values.smoke ? 2 : Number(values.processes);
  const note = `${nodes} nodes, ${pods} Pods, ${gateways} Gateways, ${routes} routes. Real: API server and etcd, controller, the agents' code, each with a client, a token and rights of
its own. In memory: the nodes' kernels (the tests' fakes, which interpret nft's and ip's lines), and VRRP. ${processes} processes hold the agents, so that all of the cluster shares the cores of
one machine: times are what that takes, not what a cluster would.`;
  const section = { name: 'hollow', command: ['hollow', ...args], loadBefore, rows, notes: [note] };
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-hollow-'));
  let isCutShort = true;
  try {
    await using world = await startHollowWorld(size, progress);
    await using crew = startCrew(processes);
    await measure({ world, crew, size, dir, add });
    isCutShort = false;
  } finally {
    // What was measured before a failure is not lost.
    await publish({ ...section, isCutShort }, values.write);
    await rm(dir, { recursive: true, force: true });
  }
}

async function measure(run: HollowRun): Promise<void> {
  // With everything there and nothing decided.
  await using first = await startController(run, 'one');
  await agree('every Gateway accepted', () => accepted(run), run.size.gateways, 1_000);
  const started = first.seconds();
  run.add('controller: from its start until every Gateway and route has its status', `${started.toFixed(1)} s`, {
    goal: '≤ 30 s',
    met: started <= 30,
  });
  await startAgents(run);
  await rest(run, first);
  await createPods(run, first);
  await churnNodes(run, first);
  await changeClass(run, first);
  await delay(settleMs);
  await using second = await replaceController(run, first);
  await killOwner(run, second);
}

async function startAgents(run: HollowRun): Promise<void> {
  const { world, crew, size, dir } = run;
  const { url, caData, adminToken, dir: serverDir } = world.server;
  progress('tokens of all agents');
  const tokens = new Map<string, string>();
  await inParallel(world.nodes, async ({ name }) => void tokens.set(name, await agentToken(world.server, name)));
  const begun = performance.now();
  await crew.start({
    dir,
    server: { url, caData, adminToken, dir: serverDir },
    nodes: world.nodes.map(({ name, address }) => ({ name, address, token: tokens.get(name) ?? '' })),
  });
  await agree('every agent ready', async () => (await crew.figures()).ready, size.nodes);
  run.add(
    'all agents, a few at a time, from the first start until the last has its plan in the kernel',
    seconds(begun),
  );
  await agree('every Gateway programmed', () => programmed(run), size.gateways, 1_000);
  run.add('until the last Gateway is Programmed', seconds(begun));
}

async function rest(run: HollowRun, controller: Controller): Promise<void> {
  await delay(calmMs);
  const before = await look(run, controller);
  await delay(restMs);
  const after = await look(run, controller);
  run.add('at rest: an agent receives', perAgent(run, before, after));
  run.add('at rest: requests to the API server in a minute', requestsBetween(before.requests, after.requests));
  const cpu = (measure: string, percent: number) =>
    run.add(measure, `${percent.toFixed(2)} % of a core`, { goal: '≤ 1 %', met: percent <= 1 });
  cpu('at rest: CPU of the controller', percentOf('controller', before, after));
  cpu('at rest: CPU of an agent', percentOf('agents', before, after, run.size.nodes));
}

/** As fast as the API server takes them. */
async function createPods(run: HollowRun, controller: Controller): Promise<void> {
  const { world, crew, size } = run;
  const before = await look(run, controller);
  let made = 0;
  const begun = performance.now();
  const telling = setInterval(() => progress(`${made} of ${size.pods} Pods`), 15_000);
  const all = Array.from({ length: size.pods }, (_, index) => index);
  const work = async (index: number) => {
    await runPod(world.admin, index, size);
    made += 1;
  };
  await inParallel(all, work).finally(() => clearInterval(telling));
  const took = (performance.now() - begun) / 1_000;
  const behind = performance.now();
  await agree('every Pod in its kernel', async () => (await crew.figures()).pods, size.pods);
  const late = seconds(behind);
  const after = await look(run, controller);
  const used = (whose: 'agents' | 'controller') => `${(after.cpu[whose] - before.cpu[whose]).toFixed(0)} s`;
  const rate = `${took.toFixed(0)} s, ${(size.pods / took).toFixed(0)} a second`;
  run.add(`${size.pods.toLocaleString('en')} Pods created`, rate);
  run.add('from the last of them until all are in their kernels', late);
  run.add('meanwhile an agent receives', perAgent(run, before, after));
  run.add('meanwhile CPU of all agents, of the controller', `${used('agents')}, ${used('controller')}`);
  run.add('meanwhile requests to the API server', requestsBetween(before.requests, after.requests));
}

/** One that concerns every Pod: all are isolated. */
async function changeClass(run: HollowRun, controller: Controller): Promise<void> {
  const { world, crew, size } = run;
  const before = await look(run, controller);
  await crew.expect('inet sallyport isolated4 {');
  const begun = performance.now();
  const change = { metadata: { name: 'egress' }, spec: { isolation: { namespaceSelector: {} } } };
  await applyObject(world.admin, resources.egressClasses, change, { fieldManager: 'bench', force: true });
  await agree('the class-wide change in every kernel', async () => (await crew.figures()).asExpected, size.nodes);
  run.add('a change of the class that concerns every Pod, until it is in every kernel', seconds(begun));
  run.add('requests for it', requestsBetween(before.requests, (await look(run, controller)).requests));
  await agree('every node up to date', () => upToDate(run, ''), size.nodes, reportsMs);
  run.add('until every node reports it', seconds(begun));
}

/** The next one is there before this one goes. */
async function replaceController(run: HollowRun, first: Controller): Promise<Controller> {
  const before = await look(run, first);
  const begun = performance.now();
  const second = await startController(run, 'two');
  await second.ready();
  await first.stop();
  await agree('the next controller leads', async () => ((await second.leads()) ? 1 : 0), 1);
  run.add('rolling restart of the controller, until the next one leads', seconds(begun));
  await delay(settleMs);
  const after = await look(run, second);
  run.add('requests for it, in all', requestsBetween(before.requests, after.requests));
  const memory = [before, after].map((one) => one.memory.controller);
  run.add(
    'controller: resident memory, after all of it and anew',
    `${memory.map((one) => one.toFixed(0)).join(' and ')} MiB`,
    {
      goal: '≤ 600 MiB',
      met: Math.max(...memory) <= 600,
    },
  );
  return second;
}

/** A node that owns addresses dies: its agent is silent, and its Node says so. */
async function killOwner(run: HollowRun, controller: Controller): Promise<void> {
  const { world, crew, size } = run;
  const victim = await ownerOf(run);
  const address = world.nodes.find(({ name }) => name === victim)?.address ?? '';
  const before = await look(run, controller);
  const begun = performance.now();
  await crew.stop(victim);
  await setReady(world.admin, victim, address, false);
  await agree('no address without another owner', () => ownedBy(run, victim), 0, 1_000);
  run.add('an owner dies: until the API names another for each of its addresses', seconds(begun));
  await agree('every other node up to date', () => upToDate(run, victim), size.nodes - 1, reportsMs);
  run.add('until every other node reports the new placements in its kernel', seconds(begun));
  const after = await look(run, controller);
  run.add('requests for it', requestsBetween(before.requests, after.requests));
  const { apiServer, etcd, agents } = after.memory;
  const figures = `${apiServer.toFixed(0)} MiB, ${etcd.toFixed(0)} MiB, ${(agents / size.nodes).toFixed(1)} MiB`;
  run.add('memory: API server, etcd, an agent with its fake kernel', figures);
}
