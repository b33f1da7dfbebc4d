// The part of `npm run bench -- upgrade` that runs in a lab: to the version of now and back, under flows that never pause. Says UpgradeLine.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { tool } from '../../hack/lab/tools.ts';
import { version } from '../../src/cli/version.ts';
import { until } from '../support/lab.ts';
import { listObjects } from '../support/lab-objects.ts';
import { makeFailoverWorld } from './failover-world.ts';
import { type NamespaceScript, startScript } from './in-namespace.ts';
import { insideLab, untilWhole } from './inside-lab.ts';
import { emit, leave, progress } from './lab-run.ts';
import type { FlowReport } from './steady-flow.ts';

export type Direction = 'up' | 'back';

/** What the flows of all Pods met in a step, or (`seen`) the sources of everything that has arrived so far. */
export type UpgradeLine =
  | {
      readonly kind: 'step';
      readonly direction: Direction;
      /** `quiet`: nothing was done for as long as a node takes, to see what the machine itself loses. */
      readonly step: 'quiet' | 'apply' | 'daemons';
      readonly seconds: number;
      readonly pods: readonly FlowReport[];
    }
  | { readonly kind: 'seen'; readonly wrong: number; readonly right: number };

type Step = Extract<UpgradeLine, { kind: 'step' }>['step'];

interface Target {
  readonly direction: Direction;
  /** A kustomization. */
  readonly install: string;
  readonly version: string;
}

const server = '198.51.100.10';
const system = ['-n', 'sallyport-system'];
const lab = insideLab();
const { values } = parseArgs({
  options: {
    before: { type: 'string', default: '' },
    'before-version': { type: 'string', default: '' },
    now: { type: 'string', default: '' },
    rounds: { type: 'string', default: '1' },
    interval: { type: 'string', default: '2' },
    tcp: { type: 'string', default: '10' },
  },
});

/** CRDs, rights, controller and agents, as docs/tasks/upgrade.md has it. */
async function applyInstall({ install, version: wanted }: Target): Promise<void> {
  await tool(['kubectl', 'apply', '--server-side', '-k', install]);
  for (const workload of ['deployment/sallyport-controller', 'daemonset/sallyport-agent'])
    await tool(['kubectl', 'rollout', 'status', ...system, workload, '--timeout=120s']);
  await until(`every agent is ${wanted}`, async () => {
    const reports = await listObjects(lab, 'egressnodereports');
    return reports.every(({ status }) => (status as { version?: string } | undefined)?.version === wanted) || undefined;
  });
}

/** The daemons of one node: emptied, replaced, and in service again. */
async function replaceDaemons(node: string, gateway: string): Promise<void> {
  const pods = ['pod', ...system, '-l', 'app.kubernetes.io/component=failover'];
  const there = [...pods, '--field-selector', `spec.nodeName=${node}`];
  await tool(['sallyport', 'drain', node, '--timeout', '60']);
  const old = await tool(['kubectl', 'get', ...there, '-o', 'name']);
  await tool(['kubectl', 'delete', ...there, '--timeout=30s']);
  await until(`${node} has a new failover Pod`, async () => {
    const name = await tool(['kubectl', 'get', ...there, '-o', 'name']);
    return (name !== '' && name !== old) || undefined;
  });
  await tool(['kubectl', 'wait', ...there, '--for=condition=Ready', '--timeout=60s']);
  await tool(['sallyport', 'undrain', node]);
  await untilWhole(lab, gateway, 0);
}

/** Throws unless all failover Pods have the image of their DaemonSet: else nothing was upgraded. */
async function checkDaemons(): Promise<void> {
  const path = '{.spec.template.spec.containers[*].image}';
  const wanted = await tool(['kubectl', 'get', ...system, 'daemonset/sallyport-failover', '-o', `jsonpath=${path}`]);
  const pods = ['pods', ...system, '-l', 'app.kubernetes.io/component=failover'];
  const images = await tool(['kubectl', 'get', ...pods, '-o', 'jsonpath={.items[*].spec.containers[*].image}']);
  if (images.split(' ').some((image) => image !== wanted))
    throw new Error(`failover Pods have ${images}, not ${wanted}`);
}

async function main(): Promise<void> {
  const world = await makeFailoverWorld(lab, 'Default');
  const args = [server, 8080, values.interval, values.tcp];
  const flows = world.pods.map((pod) => startScript(`/run/lab/pods/${pod}`, 'steady-flows.ts', args));
  await lab.resetSeen();
  await sleep(2_000);
  const up: Target = { direction: 'up', install: values.now, version };
  const back: Target = { direction: 'back', install: values.before, version: values['before-version'] };
  for (let round = 1; round <= Number(values.rounds); round++) {
    for (const target of [up, back]) {
      const step = stepper(flows, { ...target, round });
      await untilWhole(lab, world.gateway, 1_000);
      await step('quiet', () => sleep(10_000));
      await step('apply', () => applyInstall(target));
      for (const node of world.nodes) {
        await untilWhole(lab, world.gateway, 1_000);
        await step('daemons', () => replaceDaemons(node, world.gateway));
      }
      await checkDaemons();
      emit(await readSources(world.address));
    }
  }
  for (const flow of flows) await flow.stop();
}

/** Does a step under the flows, from a second before it until a second after, and says what they met. */
function stepper(
  flows: readonly NamespaceScript[],
  { direction, round }: { readonly direction: Direction; readonly round: number },
) {
  return async (step: Step, work: () => Promise<void>): Promise<void> => {
    for (const flow of flows) flow.tell('begin');
    await sleep(1_000);
    for (const flow of flows) flow.tell('fault');
    const started = performance.now();
    await work();
    const seconds = (performance.now() - started) / 1000;
    await sleep(1_000);
    for (const flow of flows) flow.tell('report');
    const pods = await Promise.all(flows.map((flow) => flow.next<FlowReport>()));
    emit({ kind: 'step', direction, step, seconds, pods } satisfies UpgradeLine);
    progress(`round ${round}, ${direction}: ${step}: ${seconds.toFixed(1)} s: ${describe(pods)}`);
  };
}

function describe(pods: readonly FlowReport[]): string {
  const sum = (pick: (pod: FlowReport) => number) => pods.reduce((total, pod) => total + pick(pod), 0);
  const longest = (pick: (pod: FlowReport) => number) => Math.round(Math.max(...pods.map(pick)));
  const lost = `lost ${sum(({ udp }) => udp.lost)} of ${sum(({ udp }) => udp.sent)}`;
  const tcp = `TCP ${sum(({ tcp: { survived } }) => survived)}/${sum(({ tcp: { opened } }) => opened)}`;
  return `${lost}, ${tcp}, stall ${longest(({ tcp: { stallMs } }) => stallMs)} ms, silence ${longest(({ udp }) => udp.silenceMs)} ms`;
}

async function readSources(address: string): Promise<UpgradeLine> {
  const { [address]: right = 0, ...others } = await lab.seen();
  const wrong = Object.values(others).reduce((sum, packets) => sum + packets, 0);
  if (wrong > 0) progress(`wrong sources: ${JSON.stringify(others)}`);
  return { kind: 'seen', wrong, right };
}

await main();
leave();
