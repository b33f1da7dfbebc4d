import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serialize } from 'node:v8';
import type { AgentFigures } from './compile-agent.ts';
import type { ControllerFigures } from './compile-controller.ts';
import { markdown, quantile, spread } from './figures.ts';
import { type ClusterSize, fullSize } from './large-cluster.ts';
import { settledCluster } from './settled.ts';

const smokeSize: ClusterSize = { nodes: 20, gateways: 10, routes: 200, pods: 400 };

/** How long a large cluster takes the controller and an agent; `--smoke`: a small one, once, to see that it runs. */
export async function compile(args: readonly string[]): Promise<void> {
  const isSmoke = args.includes('--smoke');
  const size = isSmoke ? smokeSize : fullSize;
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'));
  try {
    const file = join(folder, 'snapshot');
    await writeFile(file, serialize(settledCluster(size)));
    const controller: ControllerFigures[] = [];
    const agent: AgentFigures[] = [];
    // A process of its own for each, so that every first compile is cold; interleaved, so that a busy minute meets both.
    for (let round = 0; round < (isSmoke ? 1 : 5); round++) {
      controller.push(await inside<ControllerFigures>('compile-controller.ts', file));
      agent.push(await inside<AgentFigures>('compile-agent.ts', file));
      process.stderr.write(`bench: round ${round + 1}, load ${loadavg()[0]?.toFixed(1)}\n`);
    }
    process.stdout.write(`${report(size, controller, agent)}\n`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inside<T>(script: string, file: string): Promise<T> {
  const component = script.includes('controller') ? 'controller' : 'agent';
  const env = { ...process.env, NODE_OPTIONS: await installedNodeOptions(component) };
  const path = join(import.meta.dirname, script);
  const { stdout } = await promisify(execFile)(process.execPath, [path, file], { env, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as T;
}

// Those of the installation: sizes of the heap's generations decide on memory and pauses.
async function installedNodeOptions(component: 'agent' | 'controller'): Promise<string> {
  const manifest = await readFile(join(import.meta.dirname, `../../config/install/${component}.yaml`), 'utf8');
  return /name: NODE_OPTIONS, value: ([^}]*)}/.exec(manifest)?.[1] ?? '';
}

function report(size: ClusterSize, controller: readonly ControllerFigures[], agent: readonly AgentFigures[]): string {
  const of = (pick: (figures: ControllerFigures) => number | readonly number[]) => controller.flatMap(pick);
  const ofAgent = (pick: (figures: AgentFigures) => number) => agent.map(pick);
  const delta = of(({ deltaMs }) => deltaMs);
  return [
    `compile (${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0]?.toFixed(1)}, ${new Date().toISOString().slice(0, 10)}; \`npm run bench -- compile\`)\n`,
    `${size.nodes} nodes, ${size.gateways} Gateways, ${size.routes} routes, ${size.pods} Pods; medians (least … most) of ${controller.length} processes each.\n`,
    markdown([
      ['measure', 'figure', 'against its baseline', 'goal', ''],
      ...[
        row(
          'controller: first compile of everything, in slices',
          of(({ firstMs }) => firstMs),
          {
            unit: 'ms',
            most: 2000,
            ratio: ratio(
              of(({ firstMs, jsonMs }) => firstMs / jsonMs),
              'JSON.stringify of the snapshot',
            ),
          },
        ),
        row(
          'controller: CPU time of that',
          of(({ firstCpuMs }) => firstCpuMs),
          { unit: 'ms' },
        ),
        row('controller: a changed route in the store → its first request', delta, {
          unit: 'ms',
          most: 50,
          ratio: '5 ms of it collect changes',
        }),
        row(
          'controller: CPU time of that',
          of(({ deltaCpuMs }) => deltaCpuMs),
          { unit: 'ms' },
        ),
        row(
          'controller: the compile in it',
          of(({ deltaCompileMs }) => deltaCompileMs),
          {
            unit: 'ms',
            ratio: ratio(
              controller.map(({ deltaCompileMs, scratchMs }) => quantile(deltaCompileMs, 0.5) / scratchMs),
              'a compile from scratch',
            ),
          },
        ),
        row(
          'controller: longest stall of the event loop',
          of(({ stallMs }) => stallMs),
          { unit: 'ms', most: 50 },
        ),
        row(
          'controller: resident memory',
          of(({ residentMiB }) => residentMiB),
          { unit: 'MiB', most: 600 },
        ),
        row(
          'controller: writes when nothing changed',
          of(({ writesAtRest }) => writesAtRest),
          { unit: '', most: 0 },
        ),
        row(
          'agent: select after one of 100 Pods changed',
          ofAgent(({ podMs }) => podMs),
          {
            unit: 'ms',
            most: 1,
            ratio: ratio(
              ofAgent(({ podMs, scanMs }) => podMs / scanMs),
              'scanning all rules for all Pods',
            ),
          },
        ),
        row(
          'agent: the same on a candidate',
          ofAgent(({ candidatePodMs }) => candidatePodMs),
          {
            unit: 'ms',
            most: 1,
            ratio: ratio(
              ofAgent(({ candidatePodMs, podMs }) => candidatePodMs / podMs),
              'a plain node',
            ),
          },
        ),
        row(
          'agent: the same with a hundredth of the routes',
          ofAgent(({ fewRoutesPodMs }) => fewRoutesPodMs),
          {
            unit: 'ms',
            ratio: ratio(
              ofAgent(({ podMs, fewRoutesPodMs }) => podMs / fewRoutesPodMs),
              'itself, for all routes',
            ),
          },
        ),
      ],
    ]),
  ].join('\n');
}

interface Limit {
  readonly unit: string;
  readonly most?: number;
  readonly ratio?: string;
}

function row(name: string, values: readonly number[], { unit, most, ratio: against = '' }: Limit): string[] {
  const digits = quantile(values, 0.5) < 10 ? 2 : 1;
  const figure = spread(values, unit, digits);
  if (most === undefined) return [name, figure, against, '', ''];
  return [name, figure, against, `≤ ${most} ${unit}`.trim(), quantile(values, 0.5) <= most ? 'met' : 'missed'];
}

function ratio(values: readonly number[], baseline: string): string {
  const median = quantile(values, 0.5);
  return `${median < 1 ? `1/${(1 / median).toFixed(median < 0.1 ? 0 : 1)}` : median.toFixed(1)} of ${baseline}`;
}
