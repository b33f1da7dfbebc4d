// The part of `npm run bench -- failover --false` that runs in a lab: no fault, but every core busy. Says one FalseLine for each profile.
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { inNetns } from '../../hack/lab/tools.ts';
import { type FailoverWorld, makeFailoverWorld, type Profile } from './failover-world.ts';
import { type NamespaceScript, startScript } from './in-namespace.ts';
import { insideLab, ownerOf } from './inside-lab.ts';
import { emit, leave, progress } from './lab-run.ts';
import type { FlowReport } from './steady-flow.ts';

export interface FalseLine {
  readonly profile: Profile;
  readonly minutes: number;
  /** How often a node took the address that another one had. */
  readonly changes: number;
  readonly lost: number;
  readonly sent: number;
  readonly survived: number;
  readonly opened: number;
}

interface Subject {
  readonly profile: Profile;
  readonly flow: NamespaceScript;
  readonly monitors: readonly ChildProcess[];
  readonly takeovers: { count: number };
}

const { values } = parseArgs({
  options: {
    profiles: { type: 'string', default: 'Default' },
    minutes: { type: 'string', default: '30' },
    label: { type: 'string', default: '' },
  },
});
const lab = insideLab();
const subjects: Subject[] = [];
for (const profile of values.profiles.split(',') as Profile[]) subjects.push(await begin(profile));
await sleep(2_000);
for (const { flow } of subjects) flow.tell('begin');
for (const { flow } of subjects) flow.tell('fault');
const hogs = Array.from({ length: 2 * availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);']));
for (let minute = 0; minute < Number(values.minutes); minute++) {
  await sleep(Math.min(1, Number(values.minutes) - minute) * 60_000);
  const counts = subjects.map(({ profile, takeovers }) => `${profile} ${takeovers.count}`).join(', ');
  progress(`${values.label}: owner changes in ${minute + 1} of ${values.minutes} min: ${counts}`);
}
for (const hog of hogs) hog.kill('SIGKILL');
for (const { profile, flow, monitors, takeovers } of subjects) {
  const changes = takeovers.count;
  flow.tell('report');
  const { udp, tcp } = await flow.next<FlowReport>();
  for (const monitor of monitors) monitor.kill();
  emit({ profile, minutes: Number(values.minutes), changes, ...udp, ...tcp } satisfies FalseLine);
}
leave();

async function begin(profile: Profile): Promise<Subject> {
  const world = await makeFailoverWorld(lab, profile, 'bystanders', `bench-${profile.toLowerCase()}`);
  await ownerOf(lab, world.gateway);
  const flow = startScript(`/run/lab/pods/${world.pods[0]}`, 'steady-flows.ts', ['198.51.100.10', 8080, 10, 5]);
  const takeovers = { count: 0 };
  const monitors = world.candidates.map((node) => watchTakeovers(world, node, takeovers));
  return { profile, flow, monitors, takeovers };
}

/** Counts how often the node is given the Gateway's address. */
function watchTakeovers({ address }: FailoverWorld, node: string, takeovers: { count: number }): ChildProcess {
  const [program = '', ...args] = inNetns(node, ['ip', '-o', 'monitor', 'address']);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes(` ${address}/`) && !line.startsWith('Deleted')) takeovers.count++;
  });
  return child;
}
