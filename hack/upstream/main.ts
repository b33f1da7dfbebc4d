import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { provideUpstreamSuite } from './build.ts';
import { parseUpstreamOptions, type UpstreamOptions } from './options.ts';
import { parseRunning, parseUpstreamResults } from './results.ts';

// What hack/conformance-upstream does: build, run in a lab or against a cluster, tell the results.

function say(text: string): void {
  process.stderr.write(`conformance-upstream: ${text}\n`);
}

function suiteCommand(program: string, { gatewayClass, report, flags }: UpstreamOptions): readonly string[] {
  const { version }: { version: string } = JSON.parse(
    readFileSync(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'),
  );
  return [
    program,
    '-test.v',
    '-test.run=^TestConformance$',
    `--gateway-class=${gatewayClass}`,
    `--version=v${version}`,
    ...(report === undefined ? [] : [`--report-output=${report}`]),
    ...flags,
  ];
}

/** Runs the suite; each test is named as it begins. */
async function runSuite(
  command: readonly string[],
  kubeconfig?: string,
): Promise<{ readonly status: number; readonly output: string }> {
  const lab = [join(import.meta.dirname, '..', 'lab', 'run'), '--nodes', '3', '--'];
  const [file = '', ...args] = kubeconfig === undefined ? [...lab, ...command] : command;
  const env = kubeconfig === undefined ? process.env : { ...process.env, KUBECONFIG: kubeconfig };
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    const test = parseRunning(line);
    if (test !== undefined) say(`running ${test}`);
  });
  const status = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  return { status, output: lines.join('\n') };
}

try {
  const options = parseUpstreamOptions(process.argv.slice(2));
  const program = await provideUpstreamSuite(say);
  const { status, output } = await runSuite(suiteCommand(program, options), options.kubeconfig);
  if (status !== 0) process.stdout.write(`${output}\n`);
  const results = parseUpstreamResults(output);
  for (const { test, passed, inPart, seconds } of results) {
    process.stdout.write(
      `${passed ? 'pass' : 'FAIL'}  ${seconds.toFixed(1)} s  ${test}${inPart ? ' (in part)' : ''}\n`,
    );
  }
  const failed = results.filter(({ passed }) => !passed).length;
  process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`);
  process.exitCode = status === 0 && results.length === 0 ? 1 : status;
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
