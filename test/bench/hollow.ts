import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { resources } from '../../src/api/resources.ts';
import { applyObject, listObjects } from '../../src/kube/apply.ts';
import { startProcess, type TestProcess, tailLog } from '../support/child-process.ts';
import { renderKubeconfig } from '../support/kubeconfig.ts';
import { type Crew, startCrew } from './hollow/crew.ts';
import {
  bytesReceived,
  cpuSeconds,
  receivedBetween,
  requestsBetween,
  requestsOf,
  residentMiB,
} from './hollow/meters.ts';
import {
  agentToken,
  type HollowWorld,
  inParallel,
  requestToken,
  runPod,
  setReady,
  startHollowWorld,
} from './hollow/world.ts';
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

/** From the last report to the last status that follows from it. */
const settleMs = 15_000;
const cli = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const restMs = 60_000;

/** A cluster of hollow nodes: real API server, real controller, the agents' own code with kernels in memory; what its whole costs, and how long it takes to agree. */
export async function hollow(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options });
  const [nodes, pods, gateways, routes] = values.smoke
    ? [20, 400, 10, 40]
    : [Number(values.nodes), Number(values.pods), Number(values.gateways), Number(values.routes)];
  const size: ClusterSize = { nodes, pods, gateways, routes };
  const loadBefore = currentLoad();
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-hollow-'));
  try {
    await using world = await startHollowWorld(size, progress);
    await using crew = startCrew(values.smoke ? 2 : Number(values.processes));
    const rows = await measure({ world, crew, size, dir });
    await publish(
      {
        name: 'hollow',
        command: ['hollow', ...args],
        loadBefore,
        rows,
        notes: [
          `${nodes} nodes, ${pods} Pods, ${gateways} Gateways, ${routes} routes. Real: API server and etcd, controller, the agents' code, each with a client, a token and rights of its own. In memory: the nodes' kernels (the tests' fakes, which interpret nft's and ip's lines), and VRRP. ${crew.pids.length} processes hold the agents, so that all of the cluster shares the cores of one machine: times are what that takes, not what a cluster would.`,
        ],
        isCutShort: false,
      },
      values.write,
    );
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

interface Run {
  readonly world: HollowWorld;
  readonly crew: Crew;
  readonly size: ClusterSize;
  readonly dir: string;
}

async function measure(run: Run): Promise<readonly Row[]> {
  const { world, crew, size, dir } = run;
  const { server, admin } = world;
  const rows: Row[] = [];
  const add = (measure: string, figure: string, more: Partial<Row> = {}) => {
    rows.push({ measure, figure, ...more });
    progress(`${measure}: ${figure}`);
  };

  // The controller, with everything there and nothing decided.
  await using first = await startController(run, 'one');
  await agree('every Gateway accepted', () => accepted(run), size.gateways, 1_000);
  const started = first.seconds();
  add('controller: from its start until every Gateway and route has its status', `${started.toFixed(1)} s`, {
    goal: '≤ 30 s',
    met: started <= 30,
  });

  progress('tokens of all agents');
  const tokens = new Map<string, string>();
  await inParallel(world.nodes, async ({ name }) => void tokens.set(name, await agentToken(server, name)));
  const begun = performance.now();
  const { url, caData, adminToken } = server;
  await crew.start({
    dir,
    server: { url, caData, adminToken, dir: server.dir },
    nodes: world.nodes.map(({ name, address }) => ({ name, address, token: tokens.get(name) ?? '' })),
  });
  await agree('every agent ready', async () => (await crew.figures()).ready, size.nodes);
  add('all agents, up to 32 at a time, from the first start until the last has its plan in the kernel', seconds(begun));
  await agree('every Gateway programmed', () => programmed(run), size.gateways, 1_000);
  add('until the last Gateway is Programmed', seconds(begun));

  const atRest = await look(run, first);
  await delay(restMs);
  const rested = await look(run, first);
  add('at rest: an agent receives', perAgent(run, atRest, rested));
  add('at rest: requests to the API server in a minute', requestsBetween(atRest.requests, rested.requests));
  add('at rest: CPU of the controller', percent(atRest, rested, 'controller'), { goal: '≤ 1 % of a core' });
  add('at rest: CPU of an agent', percent(atRest, rested, 'agents', size.nodes), { goal: '≤ 1 % of a core' });

  // Pods, as fast as the API server takes them.
  const before = await look(run, first);
  let made = 0;
  const making = performance.now();
  const telling = setInterval(() => progress(`${made} of ${size.pods} Pods`), 15_000);
  await inParallel(
    Array.from({ length: size.pods }, (_, index) => index),
    async (index) => {
      await runPod(admin, index, size);
      made += 1;
    },
  ).finally(() => clearInterval(telling));
  const makingSeconds = (performance.now() - making) / 1_000;
  const behind = performance.now();
  await agree('every Pod in its kernel', async () => (await crew.figures()).pods, size.pods);
  const after = await look(run, first);
  add(
    `${size.pods.toLocaleString('en')} Pods created`,
    `${makingSeconds.toFixed(0)} s, ${(size.pods / makingSeconds).toFixed(0)} a second`,
  );
  add('from the last of them until all are in their kernels', seconds(behind));
  add('meanwhile an agent receives', perAgent(run, before, after));
  add(
    'meanwhile CPU of all agents, of the controller',
    `${(after.cpu.agents - before.cpu.agents).toFixed(0)} s, ${(after.cpu.controller - before.cpu.controller).toFixed(0)} s`,
  );
  add('meanwhile requests to the API server', requestsBetween(before.requests, after.requests));

  // A change of the class that concerns every Pod.
  const wide = await look(run, first);
  await crew.expect('inet sallyport isolated4 {');
  const changing = performance.now();
  const isolation = { namespaceSelector: {} };
  await applyObject(
    admin,
    resources.egressClasses,
    { metadata: { name: 'egress' }, ...{ spec: { isolation } } },
    { fieldManager: 'bench', force: true },
  );
  await agree('the class-wide change in every kernel', async () => (await crew.figures()).asExpected, size.nodes);
  add('a change of the class that concerns every Pod, until it is in every kernel', seconds(changing));
  add('requests for it', requestsBetween(wide.requests, (await look(run, first)).requests));

  await agree('every node up to date', () => upToDate(run, ''), size.nodes, 2_000);
  add('until every node reports it', seconds(changing));

  // A rolling restart: the next one is there before the last one goes.
  await delay(settleMs);
  const restart = await look(run, first);
  const restarting = performance.now();
  await using second = await startController(run, 'two');
  await second.ready();
  await first.stop();
  await agree('the next controller leads', async () => ((await second.leads()) ? 1 : 0), 1);
  add('rolling restart of the controller, until the next one leads', seconds(restarting));
  await delay(settleMs);
  const restarted = await look(run, second);
  add('requests for it, in all', requestsBetween(restart.requests, restarted.requests));
  add(
    'controller: resident memory, after all of it and anew',
    `${restart.memory.controller.toFixed(0)} and ${restarted.memory.controller.toFixed(0)} MiB`,
    {
      goal: '≤ 600 MiB',
      met: Math.max(restart.memory.controller, restarted.memory.controller) <= 600,
    },
  );

  // A node that owns addresses dies: its agent is silent, and its Node says so.
  const victim = await ownerOf(run);
  const address = world.nodes.find(({ name }) => name === victim)?.address ?? '';
  const dying = await look(run, second);
  const died = performance.now();
  await crew.stop(victim);
  await setReady(admin, victim, address, false);
  await agree('addresses without an owner', async () => await ownedBy(run, victim), 0, 1_000);
  add('an owner dies: until the API names another for each of its addresses', seconds(died));
  await agree('every other node up to date', () => upToDate(run, victim), size.nodes - 1, 2_000);
  add('until every other node reports the new placements in its kernel', seconds(died));
  const end = await look(run, second);
  add('requests for it', requestsBetween(dying.requests, end.requests));
  add(
    'memory: API server, etcd, an agent with its fake kernel',
    `${end.memory.apiServer.toFixed(0)} MiB, ${end.memory.etcd.toFixed(0)} MiB, ${(end.memory.agents / size.nodes).toFixed(1)} MiB`,
  );
  return rows;
}

interface Controller extends AsyncDisposable {
  readonly pid: number;
  /** Since its start. */
  seconds(): number;
  ready(): Promise<void>;
  leads(): Promise<boolean>;
  stop(): Promise<void>;
}

async function startController({ world: { server }, dir }: Run, name: string): Promise<Controller> {
  const { url, caData } = server;
  const kubeconfig = join(dir, `${name}.kubeconfig`);
  await writeFile(
    kubeconfig,
    renderKubeconfig({ url, caData, token: await requestToken(server, 'sallyport-controller') }),
  );
  const log = join(dir, `${name}.log`);
  const listen = name === 'one' ? 18_480 : 18_481;
  const started = performance.now();
  const command = [
    process.execPath,
    '--max-old-space-size=2048',
    cli,
    'controller',
    '--kubeconfig',
    kubeconfig,
    '--identity',
    name,
    '--listen',
    `127.0.0.1:${listen}`,
  ];
  const child: TestProcess = startProcess(command, log);
  const ask = (path: string) => fetch(`http://127.0.0.1:${listen}${path}`).catch(() => undefined);
  const check = async () => {
    if (!child.alive()) throw new Error(`the controller ended:\n${await tailLog(log)}`);
  };
  const isReady = async () => {
    await check();
    return (await ask('/readyz'))?.ok === true;
  };
  return {
    pid: child.pid,
    seconds: () => (performance.now() - started) / 1_000,
    ready: () => agree(`controller ${name} ready`, async () => ((await isReady()) ? 1 : 0), 1),
    leads: async () => {
      await check();
      return /^sallyport_controller_leading(\{[^}]*\})? 1$/m.test((await (await ask('/metrics'))?.text()) ?? '');
    },
    stop: () => child.end('SIGTERM', 30_000),
    [Symbol.asyncDispose]: () => child.end('SIGTERM', 5_000),
  };
}

const mostMs = 20 * 60_000;

/** Waits until there are so many. */
async function agree(what: string, count: () => Promise<number>, goal: number, everyMs = 250): Promise<void> {
  const begun = performance.now();
  let told = begun;
  for (;;) {
    // Of an API server that is too busy to answer nothing is known.
    const now = await count().catch((error: unknown) => String(error));
    if (now === goal) return;
    if (performance.now() - begun > mostMs) throw new Error(`${what}: ${now} of ${goal} in ${mostMs / 60_000} minutes`);
    if (performance.now() - told > 15_000) {
      told = performance.now();
      progress(`waiting for: ${what}, ${seconds(begun)}: ${now} of ${goal}`);
    }
    await delay(everyMs);
  }
}

interface Conditioned {
  readonly metadata: { readonly generation?: number };
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly observedGeneration?: number;
    }[];
  };
}

function says(object: object, type: string): boolean {
  const { metadata, status } = object as Conditioned;
  const condition = status?.conditions?.find((one) => one.type === type);
  return condition?.status === 'True' && condition.observedGeneration === metadata.generation;
}

async function countGateways({ world: { admin } }: Run, type: string): Promise<number> {
  const { items } = await listObjects(admin, resources.gateways);
  return items.filter((gateway) => says(gateway, type)).length;
}

const programmed = (run: Run) => countGateways(run, 'Programmed');

// Gateways that are accepted, once every route has its status, too.
async function accepted(run: Run): Promise<number> {
  const count = await countGateways(run, 'Accepted');
  if (count < run.size.gateways) return count;
  const lists = await Promise.all(
    [resources.egressRoutes, resources.clusterEgressRoutes].map((resource) => listObjects(run.world.admin, resource)),
  );
  const routes = lists.flatMap(({ items }) => items) as readonly {
    readonly status?: { readonly parents?: readonly Conditioned['status'][] };
  }[];
  const isAccepted = routes.every(
    ({ status }) =>
      status?.parents?.[0]?.conditions?.some(({ type, status: word }) => type === 'Accepted' && word === 'True') ===
      true,
  );
  return isAccepted ? count : -1;
}

interface Placement {
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly status?: { readonly owner?: string };
}

interface Report {
  readonly metadata: { readonly name: string };
  readonly status?: {
    readonly gateways?: readonly { readonly uid: string; readonly placement: number; readonly state: string }[];
  };
}

async function placements({ world: { admin } }: Run): Promise<readonly Placement[]> {
  return (await listObjects(admin, resources.egressPlacements)).items as never;
}

async function ownerOf(run: Run): Promise<string> {
  const owner = (await placements(run))
    .map(({ status }) => status?.owner)
    .find((one) => one !== undefined && one !== '');
  if (owner === undefined) throw new Error('no placement has an owner');
  return owner;
}

// Or by nobody.
async function ownedBy(run: Run, node: string): Promise<number> {
  return (await placements(run)).filter(({ status }) => (status?.owner ?? node) === node).length;
}

/** Nodes but for this one that say of every Gateway they know that its placement of now is in the kernel. */
async function upToDate(run: Run, except: string): Promise<number> {
  const generations = new Map((await placements(run)).map(({ metadata }) => [metadata.name, metadata.generation]));
  const reports = (await listObjects(run.world.admin, resources.egressNodeReports))
    .items as unknown as readonly Report[];
  const isCurrent = ({ status }: Report) =>
    status?.gateways?.every(
      ({ uid, placement, state }) => state === 'Applied' && placement === generations.get(uid),
    ) === true;
  return reports.filter((report) => report.metadata.name !== except && isCurrent(report)).length;
}

interface Look {
  readonly at: number;
  readonly requests: ReadonlyMap<string, number>;
  readonly bytes: ReadonlyMap<string, number>;
  readonly cpu: { readonly agents: number; readonly controller: number };
  readonly memory: {
    readonly agents: number;
    readonly controller: number;
    readonly apiServer: number;
    readonly etcd: number;
  };
}

async function look({ world: { server }, crew }: Run, controller: Controller): Promise<Look> {
  const port = Number(new URL(server.url).port);
  const figures = await crew.figures();
  return {
    at: performance.now(),
    requests: await requestsOf(server),
    bytes: await bytesReceived(port, crew.pids),
    cpu: { agents: figures.cpuMs / 1_000, controller: await cpuSeconds(controller.pid) },
    memory: {
      agents: figures.residentMiB,
      controller: await residentMiB(controller.pid),
      ...{ apiServer: await residentMiB(server.pids().server), etcd: await residentMiB(server.pids().etcd) },
    },
  };
}

function perAgent({ size }: Run, before: Look, after: Look): string {
  const minutes = (after.at - before.at) / 60_000;
  return `${(receivedBetween(before.bytes, after.bytes) / size.nodes / minutes / 1_024).toFixed(1)} KiB a minute`;
}

function percent(before: Look, after: Look, whose: keyof Look['cpu'], share = 1): string {
  const used = (after.cpu[whose] - before.cpu[whose]) / share;
  return `${((used / ((after.at - before.at) / 1_000)) * 100).toFixed(2)} % of a core`;
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1_000).toFixed(1)} s`;
}
