import { describe, expect, test } from 'vitest';
import type { ConformanceTest } from '../../../conformance/lib/test.ts';
import { judgeMatrix, type Matrix, runMatrix } from '../../../conformance/mutants/matrix.ts';
import { type MistakeName, mistakes } from '../../../conformance/mutants/mistakes.ts';
import { runTrial } from '../../../conformance/mutants/trial.ts';

const testOf = (run: ConformanceTest['run']): ConformanceTest => ({
  name: 'Sample',
  description: 'Sample.',
  features: ['Gateway'],
  run,
});

describe('a trial ends', () => {
  test.for<[string, ConformanceTest['run']]>([
    ['when a test waits for nothing', () => new Promise(() => {})],
    [
      'when a test asks for ever',
      async ({ world }) => {
        for (;;) await world.api.list({ apiVersion: 'v1', kind: 'Node' });
      },
    ],
  ])('%s', async ([, run]) => {
    expect((await runTrial(testOf(run))).outcome).toMatchObject({ kind: 'failed', message: 'it never ended' });
  });
});

test('a trial tells which mistakes its fake was asked about', async () => {
  const { asked } = await runTrial(testOf(async () => {}));
  expect(asked).toContain('features-unsorted');
  expect(asked).not.toContain('except-ignored');
});

test('a matrix names vacuous tests, failing tests, and mistakes that nobody notices', async () => {
  const failing = { ...testOf(() => Promise.reject(new Error('red'))), name: 'Failing' };
  const matrix = await runMatrix([{ ...testOf(async () => {}), name: 'Vacuous' }, failing], () => {});
  const problems = judgeMatrix(matrix);
  expect(problems).toContainEqual(expect.stringMatching(/^Failing does not pass on the correct fake: red/));
  expect(problems).toContainEqual(expect.stringMatching(/^Vacuous notices no mistake/));
  expect(problems).toContainEqual(expect.stringMatching(/^except-ignored is noticed by no test/));
});

test('a matrix where all is noticed has no problem', () => {
  const names = Object.keys(mistakes) as readonly MistakeName[];
  const matrix: Matrix = {
    failures: new Map(),
    killed: new Map(names.map((name) => [`Of ${name}`, [name]])),
    killers: new Map(names.map((name) => [name, [`Of ${name}`]])),
  };
  expect(judgeMatrix(matrix)).toEqual([]);
});
