import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProbeResult } from '../lab/start-lab.ts';
import { type DemoPod, parseProbe, readPods, readSources, trueCondition } from './observe.ts';
import { run, show, start, until } from './run.ts';
import { command, heading, quote, say, styled, table } from './screen.ts';

// The tour that hack/demo gives, inside a lab with three nodes. Every observation is one row of the table at the end.

interface Observation {
  readonly what: string;
  readonly expected: string;
  readonly seen: string;
  readonly ok: boolean;
}

const samples = join(import.meta.dirname, '..', '..', 'config', 'samples', 'demo');
const observations: Observation[] = [];

function observe(what: string, expected: string, seen: string, ok: boolean): void {
  observations.push({ what, expected, seen, ok });
  say(`  ${ok ? styled('green', '✓') : styled('red', '✗')} ${what}: ${seen}${ok ? '' : ` (expected ${expected})`}`);
}

async function apply(file: string): Promise<void> {
  command(`kubectl apply -f config/samples/demo/${file}`);
  quote(readFileSync(join(samples, file), 'utf8'));
  await run(['kubectl', 'apply', '-f', join(samples, file)], { must: true });
}

async function before(): Promise<readonly DemoPod[]> {
  heading('1  A team runs three Pods, one on each node');
  await apply('1-team.yaml');
  const pods = await until('three running Pods', 30, async () => {
    const running = await readPods();
    return running.length === 3 ? running : undefined;
  });
  say('  Which source address does a server outside the cluster see?');
  const sources = await readSources(pods);
  table(pods.map(({ name, node }, index) => [name, node, sources[index] ?? '']));
  const expected = pods.map(({ nodeAddress }) => nodeAddress);
  observe('before', 'three node addresses', unique(sources).join(' '), sources.join() === expected.join());
  return pods;
}

async function gateway(): Promise<string> {
  heading('2  A Gateway: one identity with a stable address');
  await apply('2-gateway.yaml');
  const address = await until('the Gateway is Programmed', 30, async () => {
    const programmed = '{.status.conditions[?(@.type=="Programmed")].status}';
    const ready = await trueCondition('gateway', 'partners', programmed);
    return ready === 'True' ? trueCondition('gateway', 'partners', '{.status.addresses[0].value}') : undefined;
  });
  quote(await show(['kubectl', 'get', 'gateway', '-n', 'shop']));
  const owner = (await run(['lab', 'owner', 'shop/partners'])).trim();
  observe('the address answers on the wire', 'one node', `${address} at ${owner}`, owner.startsWith('node-'));
  return address;
}

async function route(pods: readonly DemoPod[], address: string): Promise<void> {
  heading('3  An EgressRoute: who leaves through it');
  await apply('3-route.yaml');
  await until('the route is Programmed', 30, async () => {
    const path = '{.status.parents[0].conditions[?(@.type=="Programmed")].status}';
    return (await trueCondition('egressroute', 'payments', path)) === 'True' ? true : undefined;
  });
  quote(await show(['kubectl', 'get', 'egressroute', '-n', 'shop']));
  const sources = await readSources(pods);
  table(pods.map(({ name, node }, index) => [name, node, sources[index] ?? '']));
  observe('after', `all through ${address}`, unique(sources).join(' '), unique(sources).join() === address);
}

async function failover(pods: readonly DemoPod[], address: string): Promise<readonly DemoPod[]> {
  heading("4  The address's node dies silently, under traffic");
  const owner = (await run(['lab', 'owner', 'shop/partners'])).trim();
  const living = pods.filter(({ node }) => node !== owner);
  const names = living.map(({ name }) => `shop/${name}`);
  const argv = ['lab', 'probe', ...names, '--tcp', '10', '--interval', '5', '--for', '8'];
  command(`${argv.join(' ')} &`);
  const probe = start(argv);
  await sleep(3_000);
  await show(['lab', 'fault', 'crash', owner]);
  const results = parseProbe(await probe);
  table([
    ['pod', 'UDP lost', 'longest gap', 'TCP alive', 'longest stall', 'sources seen'],
    ...results.map(({ pod, udp, tcp }) => [
      pod,
      `${udp.sent - udp.received} of ${udp.sent}`,
      `${udp.longestGapMs} ms`,
      `${tcp.survived} of ${tcp.opened}`,
      `${tcp.longestStallMs} ms`,
      unique([...udp.sources, ...tcp.sources]).join(' '),
    ]),
  ]);
  const now = (await run(['lab', 'owner', 'shop/partners'])).trim();
  observe(
    'the address moved',
    `a node other than ${owner}`,
    `${owner} → ${now}`,
    now.startsWith('node-') && now !== owner,
  );
  judgeProbe(results, living.length, address);
  return living;
}

function judgeProbe(results: readonly ProbeResult[], pods: number, address: string): void {
  const gap = Math.max(...results.map(({ udp }) => udp.longestGapMs));
  const sources = unique(results.flatMap(({ udp, tcp }) => [...udp.sources, ...tcp.sources]));
  const opened = results.reduce((sum, { tcp }) => sum + tcp.opened, 0);
  const survived = results.reduce((sum, { tcp }) => sum + tcp.survived, 0);
  observe('longest gap', 'under 1,000 ms', `${gap} ms`, results.length === pods && gap < 1_000);
  observe('sources during it', `only ${address}`, sources.join(' '), sources.join() === address);
  observe('connections that survived', 'all', `${survived} of ${opened}`, opened > 0 && survived === opened);
}

async function removal(pods: readonly DemoPod[], address: string): Promise<void> {
  heading('5  Without the route, the right to leave through the Gateway ends');
  const [pod] = pods;
  if (pod === undefined) throw new Error('no Pod is left');
  await untilControllerLives(pods);
  const argv = ['lab', 'probe', `shop/${pod.name}`, '--tcp', '5', '--interval', '20', '--for', '5'];
  command(`${argv.join(' ')} &`);
  const probe = start(argv);
  await sleep(2_000);
  await show(['kubectl', 'delete', 'egressroute', '-n', 'shop', 'payments']);
  const [result] = parseProbe(await probe);
  const survived = result === undefined ? 'none measured' : `${result.tcp.survived} of ${result.tcp.opened}`;
  observe('open connections end', '0 of 5 go on', survived, survived === '0 of 5');
  const [source = ''] = await readSources([pod]);
  observe('new connections leave as before', pod.nodeAddress, source, source === pod.nodeAddress && source !== address);
}

// The replica that led may have died with the node: packets need no controller, but a change of routes does.
async function untilControllerLives(living: readonly DemoPod[]): Promise<void> {
  const started = Date.now();
  const nodes = new Set(living.map(({ node }) => node));
  await until('a controller replica on a living node holds the Lease', 40, async () => {
    const system = ['-n', 'sallyport-system', '-o'];
    const holder = await run([
      'kubectl',
      'get',
      'lease',
      'sallyport-controller',
      ...system,
      'jsonpath={.spec.holderIdentity}',
    ]);
    const node = await run(['kubectl', 'get', 'pod', holder, ...system, 'jsonpath={.spec.nodeName}']);
    return nodes.has(node) ? true : undefined;
  });
  const seconds = (Date.now() - started) / 1000;
  if (seconds > 1)
    say(`  (The leading controller died with its node; the other took over, ${seconds.toFixed(0)} s later.)`);
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

function summary(started: number): boolean {
  const failed = observations.filter(({ ok }) => !ok);
  heading('What was observed');
  table([
    ['', 'observation', 'expected', 'seen'],
    ...observations.map(({ what, expected, seen, ok }) => [ok ? '✓' : '✗', what, expected, seen]),
  ]);
  say();
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  say(
    failed.length === 0
      ? styled('green', `All ${observations.length} observations as expected, in ${seconds} s.`)
      : styled('red', `${failed.length} of ${observations.length} observations were not as expected.`),
  );
  return failed.length === 0;
}

const started = Date.now();
let ok = false;
try {
  const pods = await before();
  const address = await gateway();
  await route(pods, address);
  const living = await failover(pods, address);
  await removal(living, address);
  ok = summary(started);
} catch (error) {
  say(styled('red', `The demo stopped: ${error instanceof Error ? error.message : String(error)}`));
}
if (process.argv.includes('--keep')) {
  say('\nThe lab stays open: try `kubectl get gtw,egressroute -A`, `lab --help`; leave with `exit`.');
  spawnSync('bash', ['--norc', '-i'], { stdio: 'inherit', env: { ...process.env, PS1: 'sallyport-lab$ ' } });
}
process.exitCode = ok ? 0 : 1;
