import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveControlPlane } from '../../hack/controlplane/resolve.ts';
import { version } from '../../src/cli/version.ts';

// The command line as somebody has it who has only the package: packed by npm, installed into an empty folder without a registry.
const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sallyport-npm-'));
const place = join(folder, 'place');
const bin = join(place, 'node_modules', '.bin');
const env: NodeJS.ProcessEnv = {
  ...process.env,
  ...{ HOME: folder, npm_config_cache: join(folder, 'cache'), npm_config_update_notifier: 'false' },
  ...{ SALLYPORT_LAB_SETUP: 'done', KUBECONFIG: '/nowhere' },
};
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  const options = { env, cwd: folder, encoding: 'utf8' } as const;
  const made = execFileSync(join(root, 'hack/npm-package'), ['--output', join(folder, 'package')], options).trim();
  execFileSync('npm', ['pack', '--silent', made], options);
  mkdirSync(place);
  const install = ['install', '--offline', '--no-audit', '--no-fund', `../sallyport-${version}.tgz`];
  execFileSync('npm', install, { ...options, cwd: place });
}, 120_000);

function run(command: readonly [string, ...string[]], more: NodeJS.ProcessEnv = {}) {
  const [file, ...args] = command;
  return new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
    execFile(file, args, { cwd: place, env: { ...env, ...more } }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('the package is the only one, is small, and says whose work is in it', () => {
  const installed = join(place, 'node_modules');
  expect(readdirSync(installed).filter((name) => !name.startsWith('.'))).toEqual(['sallyport']);
  expect(readFileSync(join(folder, `sallyport-${version}.tgz`)).length).toBeLessThan(2e6);
  const licences = readFileSync(join(installed, 'sallyport', 'LICENSES-BUNDLED.txt'), 'utf8');
  expect(licences).toContain('@kubernetes/client-node');
});

test('npx sallyport version', async () => {
  const answer = await run(['npx', '--no-install', 'sallyport', 'version']);
  expect(answer).toMatchObject({ status: 0, stdout: `sallyport ${version}\n` });
});

test('validate has the schemas with it', async () => {
  const route = { apiVersion: 'sallyport.dev/v1alpha1', kind: 'EgressRoute', metadata: { name: 'all' } };
  writeFileSync(join(place, 'route.json'), JSON.stringify({ ...route, spec: { rule: [{}] } }));
  const { status, stdout, stderr } = await run([join(bin, 'sallyport'), 'validate', '-f', 'route.json']);
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(stdout).toContain('route.json:1: EgressRoute default/all: spec.rule: is an unknown field');
});

test('completion bash is a script that bash reads', async () => {
  const { status, stdout } = await run([join(bin, 'sallyport'), 'completion', 'bash']);
  expect(status).toBe(0);
  expect(await run(['bash', '-euc', `${stdout}\ncomplete -p sallyport`])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^complete .*-F _sallyport sallyport\n$/),
  });
});

describe('as a plugin of kubectl', () => {
  let kubectl = '';
  let path: NodeJS.ProcessEnv = {};
  beforeAll(async () => {
    kubectl = join((await resolveControlPlane()).dir, 'kubectl');
    path = { PATH: [bin, process.env['PATH']].join(delimiter) };
  });

  test('kubectl-egress names itself as people type it', async () => {
    expect(await run([join(bin, 'kubectl-egress'), 'version'])).toMatchObject({ stdout: `sallyport ${version}\n` });
    const { stdout } = await run([join(bin, 'kubectl-egress'), '--help']);
    expect(stdout).toMatch(/^Usage: kubectl egress \[options\] \[command\]\n/);
  });

  test('a package manager that starts the file in the place of a link gets the same', async () => {
    const file = join(place, 'node_modules', 'sallyport', 'kubectl-egress.mjs');
    const { stdout } = await run([process.execPath, file, 'status', '--help']);
    expect(stdout).toMatch(/^Usage: kubectl egress status \[options\]\n/);
  });

  test('kubectl egress', async () => {
    expect(await run([kubectl, 'egress', 'version'], path)).toEqual({
      ...{ status: 0, stdout: `sallyport ${version}\n`, stderr: '' },
    });
    const wrong = await run([kubectl, 'egress', 'status'], path);
    expect(wrong).toMatchObject({ status: 1, stdout: '' });
    expect(wrong.stderr).toMatch(/^kubectl egress: kubeconfig \/nowhere does not exist.*\n$/);
    expect((await run([kubectl, 'plugin', 'list', '--name-only'], path)).stdout).toContain('kubectl-egress\n');
  });

  test.each([
    [['sta'], /^status\t.*\n:4\n$/],
    [['status', '-o', ''], /^json\nyaml\nwide\n:4\n$/],
    [['explain', '--port', ''], /^:4\n$/],
  ])('kubectl completes kubectl egress %j', async (words, expected) => {
    const { stdout } = await run([kubectl, '__complete', 'egress', ...words], path);
    expect(stdout).toMatch(expected);
  });
});
