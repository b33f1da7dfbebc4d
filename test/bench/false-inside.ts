// The part of `npm run bench -- failover --false` that runs in a lab: no fault, but every core busy. Says FalseLine at its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { inNetns } from '../../hack/lab/tools.ts';
import { gateway, makeFailoverWorld, type Profile } from './failover-world.ts';
import { startScript } from './in-namespace.ts';
import { insideLab, ownerOf } from './inside-lab.ts';
import { emit, progress } from './lab-run.ts';
import type { FlowReport } from './steady-flow.ts';

export interface FalseLine {
  readonly minutes: number;
  /** How often a node took the address that another one had. */
  readonly changes: number;
  readonly lost: number;
  readonly sent: number;
  readonly survived: number;
  readonly opened: number;
}

const { values } = parseArgs({
  options: { profile: { type: 'string', default: 'Default' }, minutes: { type: 'string', default: '30' } },
});
const lab = insideLab();
const world = await makeFailoverWorld(lab, values.profile as Profile, 'bystanders');
await ownerOf(lab, gateway);
let changes = 0;
const monitors = world.candidates.map((node) => watchTakeovers(node));
const flow = startScript(`/run/lab/pods/${world.pods[0]}`, 'steady-flows.ts', ['198.51.100.10', 8080, 10, 5]);
await sleep(2_000);
flow.tell('begin');
flow.tell('fault');
const hogs = Array.from({ length: 2 * availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);']));
for (let minute = 0; minute < Number(values.minutes); minute++) {
  await sleep(Math.min(1, Number(values.minutes) - minute) * 60_000);
  progress(`${values.profile}: ${changes} owner changes in ${minute + 1} of ${values.minutes} min`);
}
for (const hog of hogs) hog.kill('SIGKILL');
const before = changes;
flow.tell('report');
const { udp, tcp } = await flow.next<FlowReport>();
for (const monitor of monitors) monitor.kill();
emit({ minutes: Number(values.minutes), changes: before, ...udp, ...tcp } satisfies FalseLine);
process.exit(0);

/** Counts how often the node is given the Gateway's address. */
function watchTakeovers(node: string): ChildProcess {
  const [program = '', ...args] = inNetns(node, ['ip', '-o', 'monitor', 'address']);
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes(` ${world.address}/`) && !line.startsWith('Deleted')) changes++;
  });
  return child;
}
