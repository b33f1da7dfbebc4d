// The part of `npm run bench -- connect` that runs in a lab. Says ConnectLine per measurement, and ClashLine at the end.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { processesIn } from '../../hack/lab/node-processes.ts';
import { inNetns, tool } from '../../hack/lab/tools.ts';
import { until } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, podYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, runningPods, untilProgrammed } from '../support/lab-objects.ts';
import { startScript } from './in-namespace.ts';
import { candidatesOf, insideLab, ownerOf, untilWhole } from './inside-lab.ts';
import { emit, leave, progress } from './lab-run.ts';

/** Ways out: a Gateway whose flows are replicated, one with a single candidate, none. */
export const ways = ['replicated', 'single', 'plain'] as const;
export type Way = (typeof ways)[number];

export type ConnectLine =
  | {
      readonly kind: 'rate';
      readonly way: Way;
      readonly round: number;
      readonly perSecond: number;
      readonly failed: number;
      /** Milliseconds of CPU of all conntrackds per connection. */
      readonly replicationMs: number;
    }
  | { readonly kind: 'ports'; readonly flows: number; readonly clashes: number; readonly portsUsed: number };

interface Burst {
  readonly opened: number;
  readonly failed: number;
  readonly seconds: number;
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    parallel: { type: 'string', default: '50' },
  },
});
const server = { host: '198.51.100.10', port: 9200 };
const lab = insideLab();

const singleClass = `
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: single}
spec:
  controllerName: sallyport.dev/egress-controller
  parametersRef: {group: sallyport.dev, kind: EgressClass, name: single}
---
apiVersion: sallyport.dev/v1alpha1
kind: EgressClass
metadata: {name: single}
spec:
  networks: [{name: default}]
  failover: {candidates: 1}`;

/** A namespace per way, with a Pod on each of two nodes that are no candidates. */
async function makeWays(): Promise<readonly string[]> {
  await apply(lab, singleClass, ...ways.map((way) => namespaceYaml(way)));
  await apply(lab, gatewayYaml('replicated/out'), gatewayYaml('single/out').replace('Name: egress', 'Name: single'));
  const gateways = ['replicated/out', 'single/out'];
  for (const gateway of gateways) {
    await apply(lab, routeYaml(gateway, { gateway }));
    await untilProgrammed(lab, 'gateway', gateway);
  }
  await untilWhole(lab, 'replicated/out', 0);
  const taken = (await Promise.all(gateways.map((gateway) => candidatesOf(lab, gateway)))).flat();
  const names = await lab.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}']);
  const nodes = names.split(' ').filter((node) => !taken.includes(node));
  if (nodes.length < 2) throw new Error(`of ${names} only ${nodes.length} own nothing: more --nodes`);
  const chosen = nodes.slice(0, 2);
  await apply(lab, ...ways.flatMap((way) => chosen.map((node) => podYaml(`${way}/${node}`, { node }))));
  for (const way of ways) await runningPods(lab, way, { count: 2 });
  for (const gateway of gateways) await untilProgrammed(lab, 'egressroute', gateway);
  return chosen;
}

/** CPU time of every conntrackd of the lab so far, ms (proc(5): utime and stime, in hundredths of a second). */
async function replicationMs(nodes: readonly string[]): Promise<number> {
  const running = (await processesIn(nodes)).filter(({ comm }) => comm === 'conntrackd');
  return running.reduce((sum, { pid }) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return sum + (Number(fields[11]) + Number(fields[12])) * 10;
  }, 0);
}

/** Of the flows of the address on its owner: how many there are, and how many got another port than the one they had. */
async function countPorts(address: string): Promise<ConnectLine> {
  const owner = await ownerOf(lab, 'replicated/out');
  const text = await tool(inNetns(owner, ['conntrack', '-L', '--reply-dst', address, '-p', 'tcp', '-o', 'extended']));
  const ports = text.split('\n').flatMap((line) => {
    const [sent, , , answered] = [...line.matchAll(/[sd]port=(\d+)/g)].map(([, port]) => port);
    return sent === undefined || answered === undefined ? [] : [{ sent, answered }];
  });
  const clashes = ports.filter(({ sent, answered }) => sent !== answered).length;
  return {
    kind: 'ports',
    flows: ports.length,
    clashes,
    portsUsed: new Set(ports.map(({ answered }) => answered)).size,
  };
}

const nodes = await makeWays();
const all = (await lab.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}'])).split(' ');
await until('conntrackd runs', async () =>
  (await processesIn(all)).some(({ comm }) => comm === 'conntrackd') ? true : undefined,
);
const outside = startScript('/run/netns/outside', 'connect-server.ts', [server.port]);
await outside.next();
const clientArgs = [server.host, server.port, values.parallel, values.seconds];
const clients = new Map(
  ways.map((way) => [
    way,
    nodes.map((node) => startScript(`/run/lab/pods/${way}/${node}`, 'connect-client.ts', clientArgs)),
  ]),
);
await sleep(2_000);
/** One burst of a way's clients at once. */
async function measure(way: Way, round: number): Promise<void> {
  const own = clients.get(way) ?? [];
  const before = await replicationMs(all);
  for (const client of own) client.tell('go');
  const bursts = await Promise.all(own.map((client) => client.next<Burst>()));
  await sleep(500); // what is still to be replicated belongs to this burst
  const spent = (await replicationMs(all)) - before;
  const perSecond = bursts.reduce((sum, { opened, seconds }) => sum + opened / seconds, 0);
  const opened = bursts.reduce((sum, burst) => sum + burst.opened, 0);
  const failed = bursts.reduce((sum, burst) => sum + burst.failed, 0);
  const name = round < 0 ? 'warming up' : `round ${round + 1} of ${values.rounds}`;
  progress(`${name}: ${way}: ${perSecond.toFixed(0)} connections per second, ${failed} failed`);
  if (round < 0) return;
  emit({ kind: 'rate', way, round, perSecond, failed, replicationMs: spent / opened } satisfies ConnectLine);
}

// Code that runs for the first time is slow, and another way is first in every round.
for (const way of ways) await measure(way, -1);
for (let round = 0; round < Number(values.rounds); round++) {
  const first = round % ways.length;
  for (const way of [...ways.slice(first), ...ways.slice(0, first)]) await measure(way, round);
}
emit(await countPorts(await addressOf(lab, 'replicated/out')));
leave();
