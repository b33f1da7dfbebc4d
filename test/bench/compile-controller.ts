// One round of `npm run bench -- compile`: a controller's loop over the snapshot in the file given, from cold. Prints ControllerFigures.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { deserialize } from 'node:v8';
import { compile, compileSteps } from '../../src/compile/compile.ts';
import { objectKey } from '../../src/compile/order.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { registerMetrics } from '../../src/controller/metrics.ts';
import { startReconciling } from '../../src/controller/reconcile.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { silentLog } from '../support/silent-log.ts';
import { createMemoryApi } from './memory-api.ts';
import { threadCpuMs, watchStalls } from './stall.ts';

export interface ControllerFigures {
  /** Milliseconds of the first compile, in slices, nothing known and nothing optimised. */
  readonly firstMs: number;
  readonly firstCpuMs: number;
  /** Milliseconds of this thread's CPU from a changed route in the store to its first request. */
  readonly deltaCpuMs: readonly number[];
  /** Milliseconds of JSON.stringify over the same snapshot: the least that looking at everything costs. */
  readonly jsonMs: number;
  /** Milliseconds of a compile from scratch, at once, in this warm process. */
  readonly scratchMs: number;
  /** Milliseconds from a changed route in the store to its first request, the 5 ms of collecting changes included. */
  readonly deltaMs: readonly number[];
  /** Milliseconds of the compile in it. */
  readonly deltaCompileMs: readonly number[];
  readonly stallMs: number;
  readonly residentMiB: number;
  readonly writesAtRest: number;
}

// The first ones still run in code that is not optimised yet: a controller that lives for weeks is better told by sixty.
const changes = 60;
const snapshot = deserialize(readFileSync(process.argv[2] ?? '')) as Snapshot;
const offset = Date.now() - snapshot.now;
const clock = { ...systemClock, now: () => Date.now() - offset };
const api = createMemoryApi(snapshot);
const compiles: number[] = [];
const metrics = registerMetrics(createMetrics());
const watched = {
  ...metrics,
  compileSeconds: { ...metrics.compileSeconds, observe: (_: object, s: number) => void compiles.push(s * 1000) },
};
const stop = new AbortController();
let requests = 0;
api.onRequest = () => {
  requests += 1;
};
await sleep(100);
const stalls = watchStalls();
await sleep(50);
stalls.reset();
const cpu = threadCpuMs();
const loop = startReconciling({
  client: api.client,
  stores: api.stores,
  compile: compileSteps,
  events: { emit: () => {}, flush: async () => {} },
  metrics: watched,
  clock,
  log: silentLog,
  signal: stop.signal,
});
api.onChange = (change) => loop.changed(change);
await until(() => compiles.length > 0);
const firstCpuMs = threadCpuMs() - cpu;
await sleep(500);
const writesAtRest = requests;
const firstMs = compiles[0] ?? Number.NaN;

const deltaMs: number[] = [];
const deltaCompileMs: number[] = [];
const deltaCpuMs: number[] = [];
const routes = api.stores.routes.list();
for (let n = 0; n < changes; n++) {
  const route = routes[(n * 7919) % routes.length];
  if (route === undefined) break;
  const sent = new Promise<number>((resolve) => {
    // The rule set of its own Gateway: statuses of earlier routes may still follow.
    const ruleSet = `/egressrulesets/uid-${route.metadata.namespace ?? ''}-egress-`;
    api.onRequest = ({ path }) => {
      if (path.includes(ruleSet)) resolve(performance.now());
    };
  });
  const generation = (route.metadata.generation ?? 0) + 1;
  const rules = [{ matches: [{ destinations: [{ cidr: `100.64.${n}.0/24` }] }] }];
  const used = threadCpuMs();
  const started = performance.now();
  const metadata = { ...route.metadata, generation, resourceVersion: `changed-${n}` };
  api.stores.routes.upsert(objectKey(route), { ...route, metadata, spec: { ...route.spec, rules } });
  deltaMs.push((await sent) - started);
  deltaCpuMs.push(threadCpuMs() - used);
  deltaCompileMs.push(compiles.at(-1) ?? Number.NaN);
  await sleep(300);
}
const stallMs = stalls.longest();
const residentMiB = process.memoryUsage().rss / 2 ** 20;
stalls.stop();
stop.abort();
await loop.done;

const figures: ControllerFigures = {
  firstMs,
  firstCpuMs,
  deltaCpuMs,
  jsonMs: timed(() => JSON.stringify({ ...snapshot, publishedAt: [...snapshot.publishedAt] })),
  scratchMs: scratch(),
  deltaMs,
  deltaCompileMs,
  stallMs,
  residentMiB,
  writesAtRest,
};
process.stdout.write(`${JSON.stringify(figures)}\n`);

function scratch(): number {
  const copy = structuredClone(snapshot);
  return timed(() => compile(copy));
}

function timed(work: () => unknown): number {
  const started = performance.now();
  work();
  return performance.now() - started;
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await sleep(5);
}
