import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { judgeMatrix, renderMatrix, runMatrix } from '../../../conformance/mutants/matrix.ts';
import { suite } from '../../../conformance/suite.ts';

// The suite against the fake, and against each of its mistakes: all on virtual time, some ten seconds of real time.
test('every test passes on the correct fake and notices a mistake, every mistake is noticed, and matrix.md says so', async () => {
  const matrix = await runMatrix(suite, () => {});
  expect(judgeMatrix(matrix)).toEqual([]);
  const written = readFileSync(new URL('../../../conformance/mutants/matrix.md', import.meta.url), 'utf8');
  expect(written, 'npm run mutants -- --write').toBe(renderMatrix(matrix));
}, 300_000);
