import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** One project per kind of test (docs/testing in the folder READMEs): `vitest run --project unit`. */
const project = (name: string, options: { readonly timeout: number; readonly pure?: boolean }) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeout,
    hookTimeout: options.timeout,
    fileParallelism: options.pure ?? false,
    // What touches nothing outside needs no process of its own: half of the CPU time went into loading modules again.
    ...(options.pure === true ? ({ pool: 'threads', isolate: false } as const) : {}),
  },
});

export default defineConfig({
  test: {
    // Its default leaves one core idle, of two that is half of them.
    maxWorkers: availableParallelism(),
    projects: [
      project('unit', { timeout: 20_000, pure: true }),
      project('golden', { timeout: 30_000, pure: true }),
      project('netns', { timeout: 60_000 }),
      project('kube', { timeout: 120_000 }),
      project('e2e', { timeout: 300_000 }),
    ],
  },
});
