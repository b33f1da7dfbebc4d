import { spawnSync } from 'node:child_process';

// The one gate before a commit: `npm run check`, under a minute. Steps stop at the first that fails.
const steps: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['types', 'tsc', '-p', '.'],
  ['generated types are fresh', process.execPath, 'hack/verify-types.ts'],
  ['metrics, alerts and dashboard are fresh', process.execPath, 'hack/verify-monitoring.ts'],
  ['generated API reference is fresh', process.execPath, 'hack/verify-api-docs.ts'],
  ['unused files, exports and dependencies', 'knip'],
  ['unit and golden tests, layering', 'vitest', 'run', '--project', 'unit', '--project', 'golden'],
];

for (const [name, command, ...args] of steps) {
  const started = performance.now();
  process.stdout.write(`check: ${name}\n`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status !== 0) {
    process.stderr.write(
      `check: ${name} failed after ${seconds} s${error === undefined ? '' : `: ${error.message}`}\n`,
    );
    process.exit(1);
  }
  process.stdout.write(`check: ${name}: ok, ${seconds} s\n`);
}
