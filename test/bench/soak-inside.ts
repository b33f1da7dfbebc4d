// The part of `npm run bench -- soak` that runs in a lab. Says a SoakLine for every cycle.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createKubeApi } from '../../hack/lab/kube-api.ts';
import { adminTokenFile, authorityFile } from '../../hack/lab/paths.ts';
import { tool } from '../../hack/lab/tools.ts';
import { churnPod } from './churn-pods.ts';
import { makeChurnWorld } from './churn-world.ts';
import { breakNode, faultKinds, healNode } from './failover-faults.ts';
import { makeFailoverWorld } from './failover-world.ts';
import { startScript } from './in-namespace.ts';
import { insideLab, ownerOf, untilWhole } from './inside-lab.ts';
import { emit, leave, progress } from './lab-run.ts';
import type { Standing } from './soak-figures.ts';
import { readStanding } from './soak-standing.ts';
import type { FlowReport } from './steady-flow.ts';

export type SoakLine =
  | { readonly kind: 'standing'; readonly minutes: number; readonly standing: Standing }
  /** Everything so far. */
  | {
      readonly kind: 'done';
      readonly minutes: number;
      readonly pods: number;
      /** Datagrams with the right source outside, with a wrong one, and those of sources that nobody has. */
      readonly right: number;
      readonly wrong: number;
      readonly strange: number;
      readonly silent: number;
      readonly faults: number;
      readonly tcp: { readonly opened: number; readonly survived: number };
    };

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '120' } } });
const server = '198.51.100.10';
const churnMs = 25_000;
const atATime = 3;
const lab = insideLab();
const api = createKubeApi(readFileSync(adminTokenFile, 'utf8'), readFileSync(authorityFile));
const world = await makeFailoverWorld(lab, 'Default');
const churning = await makeChurnWorld(lab);
const flows = world.pods.map((pod) => startScript(`/run/lab/pods/${pod}`, 'steady-flows.ts', [server, 8080, 20, 5]));
await sleep(2_000);

const started = performance.now();
const minutes = () => (performance.now() - started) / 60_000;
let pods = 0;
let silent = 0;
let faults = 0;
let tcp = { opened: 0, survived: 0 };

async function churn(): Promise<void> {
  const end = performance.now() + churnMs;
  const work = async () => {
    while (performance.now() < end) {
      const pod = churning.pod(pods++);
      const key = `${pod.namespace}/${pod.name}`;
      await churnPod(api, pod, () => churning.first.has(key));
      if (!churning.first.has(key)) silent += 1;
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
}

async function disturb(): Promise<void> {
  const kind = faultKinds[faults % faultKinds.length] ?? 'kill';
  const owner = await ownerOf(lab, world.gateway);
  for (const flow of flows) flow.tell('begin');
  await sleep(1_000);
  for (const flow of flows) flow.tell('fault');
  await breakNode(lab, kind, owner);
  await sleep(4_000);
  for (const flow of flows) flow.tell('report');
  const reports = await Promise.all(flows.map((flow) => flow.next<FlowReport>()));
  await healNode(lab, kind, owner);
  faults += 1;
  // A crashed node's own Pod has no network.
  const counted = reports.filter((_, n) => kind !== 'crash' || world.nodes[n] !== owner);
  for (const { tcp: one } of counted) tcp = { opened: tcp.opened + one.opened, survived: tcp.survived + one.survived };
  await untilWhole(lab, world.gateway, 1_000);
}

async function look(): Promise<void> {
  // Until what the last Pods were given is taken away again, and nothing is under way.
  await sleep(4_000);
  emit({ kind: 'standing', minutes: minutes(), standing: await readStanding(world.nodes) } satisfies SoakLine);
}

await look();
while (minutes() < Number(values.minutes)) {
  await churn();
  await disturb();
  await look();
  const { right, wrong } = await churning.count();
  const { strange } = JSON.parse(await tool(['lab', 'seen', '--totals', '-o', 'json'])) as { readonly strange: number };
  const so = {
    kind: 'done',
    minutes: minutes(),
    pods,
    right,
    wrong: wrong.length,
    strange,
    silent,
    faults,
    tcp,
  } as const;
  emit(so satisfies SoakLine);
  progress(
    `${so.minutes.toFixed(0)} of ${values.minutes} min: ${pods} Pods, ${faults} faults, TCP ${tcp.survived}/${tcp.opened}, ${wrong.length} wrong`,
  );
}
leave();
