/**
 * Tests on the real kernel, without root and without touching the machine: a test file re-runs itself with vitest inside a
 * private user, network, mount and pid namespace, and each inner test is reported as if it had run here.
 *
 *   import { addNamespace, describeInNamespace, tool } from '../support/netns.ts';
 *   await describeInNamespace(import.meta.url, 'trap: tunnel MTU', () => {
 *     it('fragments nothing', () => {
 *       const node = addNamespace('n1');              // a nested network namespace, `lo` is up
 *       tool('ip', ['link', 'add', 'dev', 'veth0', 'type', 'veth', 'peer', 'name', 'veth1', 'netns', 'n1']);
 *       node('ip', ['link', 'set', 'veth1', 'up']);       // throws with stderr unless it exits 0
 *     });
 *   });
 *
 * - Once per file, at the top level, awaited; ordinary vitest inside (beforeAll, it.each, fast-check, fakes, …).
 * - Inside: root over an empty network namespace (only `lo`, up), own /proc, /sys and an empty /run; all processes that are
 *   left over die with the file. No `dummy` devices on some machines: use veth.
 * - Not root on the machine: netlink messages are limited by net.core.wmem_max, real-time priority and modules are refused.
 * - The user namespace must be allowed; where it is not the file fails and says which sysctl forbids it. Nothing is skipped.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, it } from 'vitest';

/** Runs a program to its end and returns its stdout; throws with its stderr unless it exits 0. */
export type Tool = (command: string, args: readonly string[], input?: string) => string;

const insideVariable = 'SALLYPORT_TEST_NAMESPACE';
const fileTimeoutMs = 180_000;
const testTimeoutMs = 60_000;

/** Like `describe`, inside the private namespace; see the top of this file. */
export async function describeInNamespace(fileUrl: string, title: string, body: () => void): Promise<void> {
  if (process.env[insideVariable] === 'yes') {
    prepareNamespace();
    describe(title, body);
    return;
  }
  const outcome = await runInside(fileURLToPath(fileUrl));
  describe(title, () => {
    for (const result of outcome) {
      it(result.title, () => {
        if (result.failure !== undefined) throw new Error(result.failure);
      });
    }
  });
}

/** Runs a tool in the network namespace of the test. */
export const tool: Tool = (command, args, input) =>
  execFileSync(command, [...args], { input: input ?? '', encoding: 'utf8', env: toolEnv(), maxBuffer: 2 ** 28 });

/** Adds a named network namespace (a node, a pod, a server) and returns the tool that runs in it. */
export function addNamespace(name: string): Tool {
  tool('ip', ['netns', 'add', name]);
  const inside: Tool = (command, args, input) => tool('ip', ['netns', 'exec', name, command, ...args], input);
  inside('ip', ['link', 'set', 'lo', 'up']);
  return inside;
}

interface InnerResult {
  readonly title: string;
  readonly failure?: string;
}

interface VitestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly ancestorTitles: readonly string[];
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const namespaceArgs = '--user --map-root-user --net --mount --pid --mount-proc --fork --kill-child'.split(' ');

async function runInside(file: string): Promise<readonly InnerResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-netns-'));
  const report = join(folder, 'report.json');
  const vitest = join(createRequire(import.meta.url).resolve('vitest/package.json'), '..', 'vitest.mjs');
  const args = [
    process.execPath,
    vitest,
    'run',
    file,
    '--reporter=json',
    '--reporter=dot',
    `--outputFile.json=${report}`,
    '--pool=forks',
  ];
  args.push(`--testTimeout=${testTimeoutMs}`, `--hookTimeout=${testTimeoutMs}`);
  try {
    const output = await promisify(execFile)('unshare', [...namespaceArgs, ...args], {
      env: { ...toolEnv(), [insideVariable]: 'yes' },
      timeout: fileTimeoutMs,
      maxBuffer: 2 ** 26,
    }).catch((error: { stdout?: string; stderr?: string; message: string }) => ({
      stdout: error.stdout ?? '',
      stderr: error.stderr || error.message,
    }));
    const text = await readFile(report, 'utf8').catch(() => undefined);
    if (text === undefined) return [{ title: 'starts in a private namespace', failure: explain(output.stderr) }];
    return resultsOf(JSON.parse(text) as VitestReport, `${output.stdout}\n${output.stderr}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

// A hook that failed is in no test's result, only in what vitest prints.
function resultsOf(report: VitestReport, printed: string): readonly InnerResult[] {
  const results = report.testResults.flatMap((file) => [
    ...(file.message === '' ? [] : [{ title: 'loads', failure: file.message }]),
    ...file.assertionResults.map((test) => ({
      title: [...test.ancestorTitles.slice(1), test.title].join(' > '),
      ...(test.status === 'passed'
        ? {}
        : { failure: test.failureMessages.join('\n') || `is ${test.status}\n${printed.slice(-4_000)}` }),
    })),
  ]);
  return results.length > 0 ? results : [{ title: 'has tests', failure: 'no test ran inside the namespace' }];
}

function explain(stderr: string): string {
  return [
    'The test file did not run in a private namespace (unshare).',
    'If user namespaces are forbidden: sysctl kernel.unprivileged_userns_clone=1 (Debian),',
    'kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), user.max_user_namespaces > 0.',
    stderr,
  ].join('\n');
}

/** Our own mounts and `lo`: sysfs shows the devices of the namespace it is mounted in, `ip netns` wants to write to /run. */
export function prepareNamespace(): void {
  tool('mount', ['-t', 'sysfs', 'sysfs', '/sys']);
  tool('mount', ['-t', 'tmpfs', 'tmpfs', '/run']);
  tool('ip', ['link', 'set', 'lo', 'up']);
}

function toolEnv(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
}
