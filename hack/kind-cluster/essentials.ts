import { asking, type FlowResult, flowing, shouting, waiting } from './client.ts';
import type { ClusterNode } from './cluster.ts';
import { setCable } from './faults.ts';
import { podOn, tenant, yamlOf } from './objects.ts';
import type { Outside } from './outside.ts';
import type { Place } from './place.ts';
import { until } from './tools.ts';

export interface EssentialsContext {
  readonly place: Place;
  readonly nodes: readonly ClusterNode[];
  readonly outside: Outside;
  /** Sallyport's, as Docker and the nodes know it. */
  readonly image: string;
  /** `sallyport`, as a command. */
  readonly sallyport: readonly string[];
}

/** One thing that was looked at, in words with its figures. */
export interface Observation {
  readonly what: string;
  readonly ok: boolean;
  readonly seen: string;
}

/** Where its Gateway and its Pods are: `web-N` on the Nth worker. */
export const essentialsNamespace = 'essentials';
const namespace = essentialsNamespace;

/** The data plane as a user meets it, with packets: source addresses, a crash, a drain, Pods that start, and what leaked meanwhile. */
export async function runEssentials(
  context: EssentialsContext,
  say: (text: string) => void,
): Promise<readonly Observation[]> {
  const { place, nodes, outside, image } = context;
  const workers = nodes.filter(({ isWorker }) => isWorker);
  await place.kubectl(['apply', '-f', '-'], tenant(namespace));
  const families = outside.addresses.some(is6) ? 2 : 1;
  const own = await until('the Gateway has its addresses', 60, () => gatewayAddresses(place, families));
  const pods = workers.map(({ name }, i) =>
    podOn({ ...{ namespace, image, node: name, command: waiting }, name: `web-${i + 1}` }),
  );
  await until('the Pods are accepted', 30, () => place.kubectl(['apply', '-f', '-'], yamlOf(...pods)));
  await place.kubectl(['wait', '-n', namespace, 'pod', '--all', '--for=condition=Ready', '--timeout=60s']);
  await place.kubectl([
    'wait',
    '-n',
    namespace,
    'egressroute/all',
    '--for=jsonpath={.status.parents[0].conditions[?(@.type=="Programmed")].status}=True',
    '--timeout=60s',
  ]);
  await outside.reset();
  const seen: Observation[] = [];
  const world: EssentialsWorld = { ...context, workers, own, address: own.find((each) => !is6(each)) ?? '' };
  for (const look of [lookAtSources, lookAtTrace, lookAtStart, lookAtDrain, lookAtCrash]) {
    const observation = await look(world).catch(
      (error: Error): Observation => ({ what: look.name, ok: false, seen: error.message }),
    );
    say(`${observation.ok ? 'ok  ' : 'FAIL'} ${observation.what}: ${observation.seen}`);
    seen.push(observation);
  }
  const leaks = leaksOf(await outside.seen(), own);
  const observation = { what: 'packets with another source, all that time', ok: leaks === '', seen: leaks || 'none' };
  say(`${observation.ok ? 'ok  ' : 'FAIL'} ${observation.what}: ${observation.seen}`);
  return [...seen, observation];
}

interface EssentialsWorld extends EssentialsContext {
  readonly workers: readonly ClusterNode[];
  /** The Gateway's addresses, and the IPv4 one of them. */
  readonly own: readonly string[];
  readonly address: string;
}

const is6 = (address: string): boolean => address.includes(':');

async function gatewayAddresses(place: Place, families: number): Promise<readonly string[] | undefined> {
  const path = 'jsonpath={.status.conditions[?(@.type=="Programmed")].status} {.status.addresses[*].value}';
  const [programmed, ...addresses] = (
    await place.kubectl(['get', 'gateway', '-n', namespace, 'partners', '-o', path])
  ).split(' ');
  return programmed === 'True' && addresses.length === families ? addresses : undefined;
}

/** Pure: other sources than the Gateway's addresses, with their packets. */
export function leaksOf(seen: ReadonlyMap<string, number>, own: readonly string[]): string {
  const others = [...seen].filter(([source]) => !own.includes(source));
  return others.map(([source, packets]) => `${source}: ${packets}`).join(', ');
}

const inPodOf = ({ place }: EssentialsWorld, pod: string, command: readonly string[]) =>
  place.kubectl(['exec', '-n', namespace, pod, '--', ...command]);

async function lookAtSources(world: EssentialsWorld): Promise<Observation> {
  const answers = new Set<string>();
  for (const [i] of world.workers.entries())
    for (const protocol of ['TCP', 'UDP'])
      for (const to of world.outside.addresses)
        answers.add((await inPodOf(world, `web-${i + 1}`, [...asking, to, '8080', protocol])).trim());
  const ok = answers.size === world.own.length && world.own.every((address) => answers.has(address));
  return {
    what: `source address of Pods on every worker, TCP and UDP, ${world.outside.addresses.length} servers`,
    ok,
    seen: [...answers].join(', '),
  };
}

/** `sallyport explain --trace` by the real kubelets, of a Pod on another node than the owner. */
async function lookAtTrace(world: EssentialsWorld): Promise<Observation> {
  const { place, sallyport, outside } = world;
  const owner = await ownerOf(world.place);
  const pod = `web-${world.workers.findIndex(({ name }) => name !== owner) + 1}`;
  const command = ['explain', `${namespace}/${pod}`, '--to', outside.address, '--port', '8080', '--trace'];
  let isOver = false;
  const trace = place.tryRun([...sallyport, ...command]).finally(() => {
    isOver = true;
  });
  while (!isOver) await inPodOf(world, pod, [...asking, outside.address, '8080', 'TCP']);
  const { status, stdout, stderr } = await trace;
  const lines = (status === 0 ? stdout : `${stdout}\n${stderr}`).trim().split('\n');
  const seen = lines.slice(lines.findIndex((line) => line.startsWith('traced:'))).map((line) => line.trim());
  return { what: 'sallyport explain --trace of a real packet', ok: status === 0, seen: seen.join('; ') };
}

const sumOf = (seen: ReadonlyMap<string, number>, own: readonly string[]): number =>
  own.reduce((sum, address) => sum + (seen.get(address) ?? 0), 0);

const starting = 12;

async function lookAtStart(world: EssentialsWorld): Promise<Observation> {
  const { place, workers, outside, image } = world;
  const count = async () => sumOf(await outside.seen(), world.own);
  const before = await count();
  const pods = Array.from({ length: starting }, (_, i) => {
    const node = workers[i % workers.length]?.name ?? '';
    return podOn({
      ...{ namespace, image, node, name: `shout-${i + 1}` },
      command: [...shouting, ...outside.addresses],
    });
  });
  await place.kubectl(['apply', '-f', '-'], yamlOf(...pods));
  await place.kubectl(['wait', '-n', namespace, 'pod', '--all', '--for=condition=Ready', '--timeout=90s']);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const seen = await outside.seen();
  const arrived = sumOf(seen, world.own) - before;
  const leaks = leaksOf(seen, world.own);
  const names = pods.map((_, i) => `shout-${i + 1}`);
  await place.kubectl(['delete', 'pod', '-n', namespace, ...names, '--now', '--wait=false']);
  return {
    what: `${starting} Pods that send from their first moment on (podStart: Hold)`,
    ok: leaks === '' && arrived > 0,
    seen: `${arrived} packets with the Gateway's addresses, others: ${leaks || 'none'}`,
  };
}

/** The node that has the Gateway's addresses. */
export async function ownerOf(place: Place): Promise<string> {
  const path = 'jsonpath={.items[0].status.owner}';
  return await until('the placement names its owner', 60, async () => {
    const owner = (await place.kubectl(['get', 'egressplacement', '-o', path])).trim();
    return owner === '' ? undefined : owner;
  });
}

/** Flows of a Pod that is not on the owner, while something happens two seconds after they began. */
async function flowsWhile(world: EssentialsWorld, owner: string, happen: () => Promise<unknown>): Promise<FlowResult> {
  const i = world.workers.findIndex(({ name }) => name !== owner);
  const flows = inPodOf(world, `web-${i + 1}`, [...flowing, world.outside.address, '20', '20']);
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const happened = happen();
  const result: FlowResult = JSON.parse(await flows);
  await happened;
  return result;
}

const figures = ({ sent, received, longestGapMs, opened, survived, sources }: FlowResult): string =>
  `UDP ${received} of ${sent} answered, longest gap ${longestGapMs} ms; TCP ${survived} of ${opened} survived; sources ${sources.join(', ')}`;

const isWhole = ({ opened, survived, sources }: FlowResult, address: string): boolean =>
  opened === 20 && survived === opened && sources.length === 1 && sources[0] === address;

async function lookAtDrain(world: EssentialsWorld): Promise<Observation> {
  const { place, sallyport } = world;
  const owner = await ownerOf(world.place);
  const result = await flowsWhile(world, owner, () => place.run([...sallyport, 'drain', owner, '--timeout', '60']));
  const after = await ownerOf(world.place);
  await place.run([...sallyport, 'undrain', owner]);
  const ok = isWhole(result, world.address) && result.received === result.sent && after !== owner;
  return { what: `drain of ${owner}, which owns the address`, ok, seen: `${figures(result)}; then owned by ${after}` };
}

async function lookAtCrash(world: EssentialsWorld): Promise<Observation> {
  const { place, image } = world;
  await until('the Gateway has a standby with its flows', 60, () => isReplicated(place));
  const owner = await ownerOf(world.place);
  const broken = async () => {
    const result = await flowsWhile(world, owner, () => setCable(place, image, { node: owner, up: false }));
    const after = await until('another node owns the address', 60, async () => {
      const now = await ownerOf(world.place);
      return now === owner ? undefined : now;
    }).catch(() => 'nobody else');
    return { result, after };
  };
  const { result, after } = await broken().finally(() => setCable(place, image, { node: owner, up: true }));
  await place.kubectl(['wait', 'node', owner, '--for=condition=Ready', '--timeout=120s']);
  const ok = isWhole(result, world.address) && after !== 'nobody else';
  return {
    what: `${owner}, which owns the address, loses its cable`,
    ok,
    seen: `${figures(result)}; then owned by ${after}`,
  };
}

async function isReplicated(place: Place): Promise<true | undefined> {
  const path = 'jsonpath={.status.conditions[?(@.type=="sallyport.dev/Degraded")].status}';
  const degraded = await place.kubectl(['get', 'gateway', '-n', namespace, 'partners', '-o', path]);
  return degraded === 'True' ? undefined : true;
}
