// The part of `npm run bench -- churn` that runs in a lab. Says ChurnLine every hundred Pods.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createKubeApi } from '../../hack/lab/kube-api.ts';
import { adminTokenFile, authorityFile } from '../../hack/lab/paths.ts';
import { churnPod, watchAddresses } from './churn-pods.ts';
import { makeChurnWorld } from './churn-world.ts';
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
const world = await makeChurnWorld(lab);
await lab.resetSeen();
const stop = new AbortController();
const told = watchAddresses(api, stop.signal);
const known = new Map<string, number>();
let started = 0;

async function work(): Promise<void> {
  while (started < Number(values.pods)) {
    const n = started++;
    const pod = world.pod(n);
    const at = await churnPod(api, pod, (key) => world.first.has(key));
    if (at !== undefined) known.set(`${pod.namespace}/${pod.name}`, at);
    if ((n + 1) % 100 === 0) await report(n + 1);
  }
}

let reporting = Promise.resolve();
function report(count: number): Promise<void> {
  reporting = reporting.then(async () => {
    const { right, wrong } = await world.count();
    const after = (of: (key: string) => number | undefined, pick: (key: string) => boolean) =>
      [...known].flatMap(([key, at]) => (pick(key) && of(key) !== undefined ? [(of(key) ?? 0) - at] : []));
    const isSelected = (key: string) => !key.startsWith('none/');
    const legitimate = new Set([...world.sources, ...world.nodeAddresses]);
    const strange = Object.entries(await lab.seen()).filter(([source]) => !legitimate.has(source));
    const line: ChurnLine = {
      started: count,
      selectedMs: after((key) => world.first.get(key), isSelected),
      otherMs: after(
        (key) => world.first.get(key),
        (key) => !isSelected(key),
      ),
      watchMs: after(
        (key) => told.get(key),
        () => true,
      ),
      silent: [...known.keys()].filter((key) => !world.first.has(key)).length,
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
