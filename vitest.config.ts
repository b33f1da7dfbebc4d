import { defineConfig } from 'vitest/config';

/** One project per kind of test (docs/testing in the folder READMEs): `vitest run --project unit`. */
const project = (name: string, options: { readonly timeout: number; readonly parallel?: boolean }) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeout,
    hookTimeout: options.timeout,
    fileParallelism: options.parallel ?? false,
  },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', { timeout: 20_000, parallel: true }),
      project('golden', { timeout: 30_000, parallel: true }),
      project('netns', { timeout: 60_000 }),
      project('kube', { timeout: 120_000 }),
      project('e2e', { timeout: 300_000 }),
    ],
  },
});
