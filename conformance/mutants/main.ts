import { writeFileSync } from 'node:fs';
import { suite } from '../suite.ts';
import { judgeMatrix, renderMatrix, runMatrix } from './matrix.ts';

// `npm run mutants -- [--write]`: exit status 1 when a test fails on the correct fake, notices nothing, or a mistake goes unnoticed.
const started = performance.now();
const matrix = await runMatrix(suite, ({ name }, killed) => {
  process.stderr.write(`${name}: notices ${killed.length}\n`);
});
const problems = judgeMatrix(matrix);
for (const problem of problems) process.stderr.write(`mutants: ${problem}\n`);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
process.stderr.write(`mutants: ${matrix.killed.size} tests, ${matrix.killers.size} mistakes, ${seconds} s\n`);
if (process.argv.includes('--write')) writeFileSync(new URL('matrix.md', import.meta.url), renderMatrix(matrix));
process.exitCode = problems.length === 0 ? 0 : 1;
