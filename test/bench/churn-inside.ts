// The part of `npm run bench -- churn` that runs in a lab. Says ChurnLine every hundred Pods.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createKubeApi } from '../../hack/lab/kube-api.ts';
import { adminTokenFile, authorityFile } from '../../hack/lab/paths.ts';
import { until } from '../support/lab.ts';
import { gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, untilProgrammed } from '../support/lab-objects.ts';
import { type ChurnPod, churnPod, churnPort, watchAddresses } from './churn-pods.ts';
import type { ChurnCount, ChurnFirst } from './churn-receiver.ts';
import { startScript } from './in-namespace.ts';
import { insideLab } from './inside-lab.ts';
import { emit, leave, progress } from './lab-run.ts';

/** Everything so far. */
export interface ChurnLine {
  readonly started: number;
  /** From the moment that the runtime had the address to the first datagram with the right source, ms; Pods of a route. */
  readonly selectedMs: readonly number[];
  /** The same of Pods under no route. */
  readonly otherMs: readonly number[];
  /** Until a watch of the API server told the address. */
  readonly watchMs: readonly number[];
  /** Pods of which nothing came. */
  readonly silent: number;
  readonly right: number;
  readonly wrong: number;
  /** Packets of sources that nobody has. */
  readonly strange: number;
}

const { values } = parseArgs({
  options: { pods: { type: 'string', default: '200' }, parallel: { type: 'string', default: '6' } },
});
const lab = insideLab();
const api = createKubeApi(readFileSync(adminTokenFile, 'utf8'), readFileSync(authorityFile));
// Two tenants with an address each, and one without: addresses of Pods go from one to the other.
const tenants = ['red', 'blue', 'none'] as const;
await apply(lab, ...tenants.map((name) => namespaceYaml(name)));
const sources = new Map<string, string>();
for (const tenant of ['red', 'blue']) {
  await apply(lab, gatewayYaml(`${tenant}/out`), routeYaml(`${tenant}/all`, { gateway: `${tenant}/out` }));
  sources.set(tenant, await addressOf(lab, `${tenant}/out`));
  await untilProgrammed(lab, 'egressroute', `${tenant}/all`);
}
for (const tenant of tenants) {
  const account = ['get', 'serviceaccount', '-n', tenant, 'default', '--ignore-not-found', '-o', 'name'];
  await until(`${tenant} has a ServiceAccount`, async () => ((await lab.kubectl(account)) === '' ? undefined : true));
}
const output = 'jsonpath={range .items[*]}{.metadata.name} {.status.addresses[0].address}{"\\n"}{end}';
const nodes = (await lab.kubectl(['get', 'nodes', '-o', output]))
  .trim()
  .split('\n')
  .map((line) => line.split(' '));
const receiver = startScript('/run/netns/outside', 'churn-receiver.ts', [churnPort]);
await receiver.next();
const first = new Map<string, number>();
let onCount = (_count: ChurnCount): void => {};
void follow();
await lab.resetSeen();
const stop = new AbortController();
const told = watchAddresses(api, stop.signal);
const known = new Map<string, number>();
let started = 0;

async function follow(): Promise<void> {
  for (;;) {
    const line = await receiver.next<ChurnFirst | ChurnCount>();
    if ('name' in line) first.set(line.name, line.at);
    else onCount(line);
  }
}

/** What the server outside has counted so far. */
function readCount(): Promise<ChurnCount> {
  return new Promise((resolve) => {
    onCount = resolve;
    receiver.tell('report');
  });
}

function nextPod(n: number): ChurnPod {
  const [node = '', nodeAddress = ''] = nodes[n % nodes.length] ?? [];
  // Not in step with the nodes.
  const namespace = tenants[Math.floor(n / nodes.length) % tenants.length] ?? 'none';
  return { namespace, name: `churn-${n}`, node, expected: sources.get(namespace) ?? nodeAddress };
}

async function work(): Promise<void> {
  while (started < Number(values.pods)) {
    const n = started++;
    const pod = nextPod(n);
    const at = await churnPod(api, pod, (key) => first.has(key));
    if (at !== undefined) known.set(`${pod.namespace}/${pod.name}`, at);
    if ((n + 1) % 100 === 0) await report(n + 1);
  }
}

let reporting = Promise.resolve();
function report(count: number): Promise<void> {
  reporting = reporting.then(async () => {
    const { right, wrong } = await readCount();
    const after = (of: (key: string) => number | undefined, pick: (key: string) => boolean) =>
      [...known].flatMap(([key, at]) => (pick(key) && of(key) !== undefined ? [(of(key) ?? 0) - at] : []));
    const isSelected = (key: string) => !key.startsWith('none/');
    const legitimate = new Set([...sources.values(), ...nodes.map(([, address]) => address)]);
    const strange = Object.entries(await lab.seen()).filter(([source]) => !legitimate.has(source));
    const line: ChurnLine = {
      started: count,
      selectedMs: after((key) => first.get(key), isSelected),
      otherMs: after(
        (key) => first.get(key),
        (key) => !isSelected(key),
      ),
      watchMs: after(
        (key) => told.get(key),
        () => true,
      ),
      silent: [...known.keys()].filter((key) => !first.has(key)).length,
      right,
      wrong: wrong.length,
      strange: strange.reduce((sum, [, packets]) => sum + packets, 0),
    };
    emit(line);
    progress(
      `${count} of ${values.pods} Pods: ${right} datagrams, ${wrong.length} with a wrong source${wrong
        .slice(-3)
        .map((one) => `; ${one}`)
        .join('')}`,
    );
  });
  return reporting;
}

await Promise.all(Array.from({ length: Number(values.parallel) }, work));
await sleep(500);
await report(Number(values.pods));
leave();
