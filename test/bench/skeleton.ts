import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { markdown, spread } from './figures.ts';
import type { InsideFigures } from './skeleton-inside.ts';

const root = join(import.meta.dirname, '..', '..');
const rounds = 5;

/** How fast the whole pipeline is and how large it is: lab start, demo, Pod to first right packet, agents at rest. */
export async function skeleton(): Promise<void> {
  const bare: number[] = [];
  const full: number[] = [];
  // Interleaved, so that a busy minute of the machine meets both.
  for (let round = 0; round < rounds; round++) {
    bare.push(await readySeconds(['--nodes', '3', '--bare']));
    full.push(await readySeconds(['--nodes', '3']));
    process.stderr.write(
      `bench: lab start, round ${round + 1} of ${rounds}: bare ${bare.at(-1)} s, whole ${full.at(-1)} s\n`,
    );
  }
  const started = performance.now();
  const demo = await run([join(root, 'hack/demo')]);
  const demoSeconds = (performance.now() - started) / 1000;
  const samples = join(root, 'config/samples/demo');
  const inside = [process.execPath, join(import.meta.dirname, 'skeleton-inside.ts')];
  const { stdout } = await run([join(root, 'hack/lab/run'), '--nodes', '3', '--manifests', samples, '--', ...inside]);
  const figures = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as InsideFigures;
  process.stdout.write(`${report({ bare, full, demoSeconds, demoStatus: demo.status, figures })}\n`);
}

interface Outcome {
  readonly bare: readonly number[];
  readonly full: readonly number[];
  readonly demoSeconds: number;
  readonly demoStatus: number;
  readonly figures: InsideFigures;
}

function report({ bare, full, demoSeconds, demoStatus, figures }: Outcome): string {
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${new Date().toISOString().slice(0, 10)}`;
  const demo = `${demoSeconds.toFixed(0)} s, exit status ${demoStatus}`;
  return [
    `skeleton (${machine}; \`npm run bench -- skeleton\`)\n`,
    markdown([
      ['measure', 'figure', 'goal'],
      ['lab, cluster only, ready', spread(bare, 's'), ''],
      ['lab with Sallyport, 3 nodes, ready', spread(full, 's'), '≤ 15 s'],
      ['whole `./hack/demo`, warm', demo, '≤ 60 s'],
      [
        `Pod Running → first packet with the right source (${figures.podMs.length} Pods)`,
        spread(figures.podMs, 'ms'),
        'median ≤ 150 ms',
      ],
      ['packets of these Pods with another source', String(figures.wrongSources), '0'],
      ['resident memory of an agent', spread(figures.agentMiB, 'MiB'), '≤ 120 MiB'],
      ['resident memory of a controller', spread(figures.controllerMiB, 'MiB'), ''],
      [`processes spawned by the agents in ${figures.quietSeconds} quiet seconds`, String(figures.quietProcesses), '0'],
    ]),
  ].join('\n');
}

async function readySeconds(args: readonly string[]): Promise<number> {
  const { stderr } = await run([join(root, 'hack/lab/run'), ...args, '--', 'true']);
  const ready = /lab: ([\d.]+) s: ready/.exec(stderr);
  if (ready === null) throw new Error(`the lab did not get ready:\n${stderr}`);
  return Number(ready[1]);
}

async function run(argv: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status: status ?? -1, stdout, stderr };
}
