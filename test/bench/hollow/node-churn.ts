import { setTimeout as delay } from 'node:timers/promises';
import { resources } from '../../../src/api/resources.ts';
import { createObject, deleteObject, listObjects } from '../../../src/kube/apply.ts';
import type { Controller } from './controller.ts';
import { look, perAgent } from './look.ts';
import { requestsBetween } from './meters.ts';
import { agree, type HollowRun, seconds } from './run.ts';
import { setReady } from './world.ts';

const joins = 50;
/** So many are there at a time: each stays for some ten seconds. */
const guests = 10;
const minuteMs = 60_000;

/** Fifty Nodes come and fifty go within a minute, as where a cluster's size follows its load; nobody runs on them, for what counts is what the others do. */
export async function churnNodes(run: HollowRun, controller: Controller): Promise<void> {
  const { world, size } = run;
  for (let guest = 0; guest < guests; guest++) await join(run, guest);
  const before = await look(run, controller);
  const begun = performance.now();
  for (let step = 0; step < 2 * joins; step++) {
    if (step % 2 === 0) await join(run, guests + (step >> 1));
    else await leave(run, step >> 1);
    await delay(Math.max(0, begun + ((step + 1) * minuteMs) / (2 * joins) - performance.now()));
  }
  const after = await look(run, controller);
  for (let guest = joins; guest < joins + guests; guest++) await leave(run, guest);
  const last = performance.now();
  const numbered = async () => (await listObjects(world.admin, resources.egressNodes, {})).items.length;
  await agree('the numbers of all who left given back', numbered, size.nodes, 1_000);
  const used = (whose: 'agents' | 'controller') => (after.cpu[whose] - before.cpu[whose]).toFixed(1);
  run.add(`${2 * joins} Nodes come and go in a minute: an agent receives`, perAgent(run, before, after));
  run.add('meanwhile CPU of all agents, of the controller', `${used('agents')} s, ${used('controller')} s`);
  run.add('meanwhile requests to the API server', requestsBetween(before.requests, after.requests));
  run.add('from the last that left until its number is given back', seconds(last));
}

async function join({ world: { admin } }: HollowRun, guest: number): Promise<void> {
  const name = `guest-${guest}`;
  const spec = { podCIDR: `10.60.${guest}.0/24` };
  await createObject(admin, resources.nodes, { metadata: { name }, ...{ spec } });
  await setReady(admin, name, `10.61.0.${guest + 1}`, true);
}

async function leave({ world }: HollowRun, guest: number): Promise<void> {
  await deleteObject(world.admin, resources.nodes, { name: `guest-${guest}` });
}
