import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../../src/api/resources.ts';
import { createObject, deleteObject, listObjects } from '../../../src/kube/apply.ts';
import type { Controller } from './controller.ts';
import { look, perAgent } from './look.ts';
import { requestsBetween } from './meters.ts';
import { agree, type HollowRun, seconds } from './run.ts';
import { setReady } from './world.ts';

const joins = 50;
const minuteMs = 60_000;

/** Fifty Nodes come and fifty go within a minute, as where a cluster's size follows its load; nobody runs on them, for what counts is what the others do. */
export async function churnNodes(run: HollowRun, controller: Controller): Promise<void> {
  const { world, size } = run;
  const before = await look(run, controller);
  const begun = performance.now();
  for (let step = 0; step < 2 * joins; step++) {
    const name = `guest-${step >> 1}`;
    if (step % 2 === 0) await join(run, name, step >> 1);
    else await deleteObject(world.admin, resources.nodes, { name });
    await delay(Math.max(0, begun + ((step + 1) * minuteMs) / (2 * joins) - performance.now()));
  }
  const after = await look(run, controller);
  const last = performance.now();
  const numbered = async () => (await listObjects(world.admin, resources.egressNodes, {})).items.length;
  await agree('the numbers of all who left given back', numbered, size.nodes, 1_000);
  const used = (whose: 'agents' | 'controller') => (after.cpu[whose] - before.cpu[whose]).toFixed(1);
  run.add(`${2 * joins} Nodes come and go in a minute: an agent receives`, perAgent(run, before, after));
  run.add('meanwhile CPU of all agents, of the controller', `${used('agents')} s, ${used('controller')} s`);
  run.add('meanwhile requests to the API server', requestsBetween(before.requests, after.requests));
  run.add('from the last that left until its number is given back', seconds(last));
}

async function join({ world }: HollowRun, name: string, index: number): Promise<void> {
  const spec = { podCIDR: `10.60.${index}.0/24` };
  await createObject(world.admin, resources.nodes, { metadata: { name }, ...{ spec } });
  await setReady(world.admin, name, `10.61.0.${index + 1}`, true);
}
