import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Everything but the benches, in order of cost; a step that fails keeps no later one back. The last line is for CI:
// `N passed, N failed`, each check that is no vitest test counted as one.
interface Count {
  readonly passed: number;
  readonly failed: number;
}

const scratch = mkdtempSync(join(tmpdir(), 'sallyport-test-'));

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'inherit' }).status === 0;
}

function check(name: string, command: string, ...args: string[]): Count {
  return timed(name, () => (run(command, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }));
}

function vitest(project: string): Count {
  return timed(`${project} tests`, () => {
    const file = join(scratch, `${project}.json`);
    const ok = run('vitest', [
      'run',
      '--project',
      project,
      '--reporter',
      'default',
      '--reporter',
      'json',
      `--outputFile=${file}`,
    ]);
    return existsSync(file) ? countOf(readFileSync(file, 'utf8'), ok) : { passed: 0, failed: 1 };
  });
}

// A run can fail without a failed test (a file that does not load, an unhandled error): that is one failure, too.
function countOf(json: string, ok: boolean): Count {
  const { numPassedTests = 0, numFailedTests = 0 } = JSON.parse(json) as Record<string, number>;
  return { passed: numPassedTests, failed: ok ? numFailedTests : Math.max(1, numFailedTests) };
}

function timed(name: string, work: () => Count): Count {
  const started = performance.now();
  process.stdout.write(`\ntest: ${name}\n`);
  const count = work();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`test: ${name}: ${count.passed} passed, ${count.failed} failed, ${seconds} s\n`);
  return count;
}

const steps: readonly (() => Count)[] = [
  () => check('format and lint', 'biome', 'check', '--error-on-warnings', '.'),
  () => check('types', 'tsc', '-p', '.'),
  () => check('generated types are fresh', process.execPath, 'hack/verify-types.ts'),
  () => check('metrics, alerts and dashboard are fresh', process.execPath, 'hack/verify-monitoring.ts'),
  () => check('generated API reference is fresh', process.execPath, 'hack/verify-api-docs.ts'),
  () => check('unused files, exports and dependencies', 'knip'),
  ...['unit', 'golden', 'monitoring', 'netns', 'netns-timed', 'kube', 'e2e'].map((project) => () => vitest(project)),
];
const counts = steps.map((step) => step());
rmSync(scratch, { recursive: true });
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
