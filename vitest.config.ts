import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

interface ProjectOptions {
  readonly timeout: number;
  readonly pure?: boolean;
  /** Files side by side; a pure project's are. */
  readonly parallel?: boolean;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
}

/** One project per kind of test (docs/testing in the folder READMEs): `vitest run --project unit`. */
const project = (name: string, options: ProjectOptions) => ({
  test: {
    name,
    include: [...(options.include ?? [`test/${name}/**/*.test.ts`])],
    exclude: [...(options.exclude ?? [])],
    testTimeout: options.timeout,
    hookTimeout: options.timeout,
    fileParallelism: options.parallel ?? options.pure ?? false,
    // What touches nothing outside needs no process of its own: half of the CPU time went into loading modules again.
    ...(options.pure === true ? ({ pool: 'threads', isolate: false } as const) : {}),
  },
});

/** What counts milliseconds, or takes what the machine has, runs alone; in the others somebody waits most of the time. */
const timed = [
  ...[
    'bgp',
    'flows-refused',
    'network-failover',
    'next-hop',
    'planned-move',
    'probe',
    'replication',
    'takeover',
    'vrrp',
  ],
].map((name) => `test/netns/${name}.test.ts`);

export default defineConfig({
  test: {
    // Its default leaves one core idle, of two that is half of them.
    maxWorkers: availableParallelism(),
    projects: [
      project('unit', { timeout: 20_000, pure: true }),
      project('golden', { timeout: 30_000, pure: true }),
      project('monitoring', { timeout: 30_000, parallel: true }),
      project('netns', { timeout: 60_000, parallel: true, exclude: timed }),
      project('netns-timed', { timeout: 60_000, include: timed }),
      project('kube', { timeout: 120_000, parallel: true }),
      project('e2e', { timeout: 300_000 }),
    ],
  },
});
