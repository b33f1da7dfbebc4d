import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { currentLoad, replaceSection } from '../test/bench/section.ts';
import type { FaultResult } from '../test/support/fault-results.ts';
import { faultHeading, faultSection } from '../test/support/fault-table.ts';

// npm run faults: every fault under traffic, and what it cost as a section of docs/operations.md. Takes about ten minutes. Faults whose
// test fails are in the table, too; then it exits with 1.
const files = ['faults', 'failover', 'drain'].map((name) => `test/e2e/${name}.test.ts`);
const page = join(import.meta.dirname, '..', 'docs', 'operations.md');
const scratch = mkdtempSync(join(tmpdir(), 'sallyport-faults-'));
const file = join(scratch, 'results');

writeFileSync(file, '');
const loadBefore = currentLoad();
const { status } = spawnSync('vitest', ['run', '--project', 'e2e', ...files], {
  stdio: 'inherit',
  env: { ...process.env, SALLYPORT_FAULTS_FILE: file },
});
const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
rmSync(scratch, { recursive: true });
const results = lines.map((line) => JSON.parse(line) as FaultResult);
const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
const date = new Date().toISOString().slice(0, 10);
const section = faultSection(results, { machine, loadBefore, loadAfter: currentLoad(), date });
if (results.length === 0) {
  process.stderr.write('faults: nothing was measured, docs/operations.md stays as it is\n');
} else {
  writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), faultHeading, section));
  process.stdout.write(`${section}\nfaults: written to docs/operations.md, section "${faultHeading}"\n`);
}
process.exitCode = results.length > 0 && status === 0 ? 0 : 1;
