import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolveGatewayApiCrds } from '../../hack/controlplane/resolve.ts';
import { writeBundle } from '../../hack/lib/bundle.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { findFreePorts } from '../support/free-port.ts';
import { installCrds } from '../support/install-crds.ts';
import { renderKubeconfig } from '../support/kubeconfig.ts';

// Every command that people type, with everything that can be wrong around it: one clear line on stderr, nothing on stdout, the right status.
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bad-input-'));
const file = (name: string) => join(folder, name);
const write = (name: string, text: string) => writeFileSync(file(name), text);
let server: ApiServer;

const route = `
apiVersion: sallyport.dev/v1alpha1
kind: EgressRoute
metadata: {name: all, namespace: shop}
spec: {parentRefs: [{name: out}], rules: [{}]}
`;

/** What asks a cluster; the status of an error is 1, of diff 2. */
const asking: Readonly<Record<string, readonly string[]>> = {
  status: ['status'],
  explain: ['explain', 'shop/web', '--to', '198.51.100.10'],
  validate: ['validate', '--cluster', '-f', 'route.yaml'],
  diff: ['diff', '-f', 'route.yaml'],
  drain: ['drain', 'node-1'],
  undrain: ['undrain', 'node-1'],
  addresses: ['addresses'],
  'support-bundle': ['support-bundle', '--directory', 'bundle'],
  conformance: ['conformance', '--gateway-class', 'egress'],
};
const errorOf = (command: string | undefined) => (command === 'diff' ? 2 : 1);

beforeAll(async () => {
  const [port = 0] = await findFreePorts(1);
  await Promise.all([
    writeBundle(folder),
    startApiServer().then((started) => {
      server = started;
    }),
  ]);
  const crds = fileURLToPath(new URL('../../config/crd/', import.meta.url));
  await installCrds(server, [(await resolveGatewayApiCrds()).dir, crds]);
  const { client, url, caData } = server;
  const core = async (path: string, object: object) => {
    const { status } = await client.request(`/api/v1/${path}`, {
      method: 'POST',
      body: { apiVersion: 'v1', ...object },
    });
    expect([path, status]).toEqual([path, 201]);
  };
  await core('namespaces', { kind: 'Namespace', metadata: { name: 'shop' } });
  await core('namespaces/shop/serviceaccounts', { kind: 'ServiceAccount', metadata: { name: 'eve' } });
  await core('nodes', { kind: 'Node', metadata: { name: 'node-1' } });
  const token = await client.request('/api/v1/namespaces/shop/serviceaccounts/eve/token', {
    ...{ method: 'POST', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
  });
  const eve = (token.body as { readonly status: { readonly token: string } }).status.token;
  write('admin', readFileSync(server.kubeconfig, 'utf8'));
  write('tenant', renderKubeconfig({ url, caData, token: eve }));
  write('nobody', renderKubeconfig({ url: `https://127.0.0.1:${port}`, caData, token: eve }));
  write('no-yaml', 'apiVersion: v1\nusers: [{user: {token: hush-hush\n');
  write('no-config', '7\n');
  write('empty', '');
  write('route.yaml', route);
  write('malformed.yaml', 'a: 1\nb: [\n');
}, 120_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly child: ReturnType<typeof spawn>;
  readonly ended: Promise<Ended>;
}

function start(args: readonly string[], stdin: 'ignore' | 'pipe' = 'ignore'): Started {
  const env = { ...process.env, KUBECONFIG: '/nowhere', NODE_OPTIONS: '' };
  const child = spawn(process.execPath, [file('sallyport.mjs'), ...args], {
    ...{ cwd: folder, env, stdio: [stdin, 'pipe', 'pipe'], timeout: 60_000, killSignal: 'SIGKILL' },
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text;
    });
  return { child, ended: once(child, 'close').then(([status]) => ({ status, ...texts })) };
}

const run = (args: readonly string[]): Promise<Ended> => start(args).ended;

/** What every one of these commands ends with, by its name. */
async function runEach(commands: Readonly<Record<string, readonly string[]>>, ...more: readonly string[]) {
  const ended = Object.entries(commands).map(async ([name, args]) => [name, await run([...args, ...more])] as const);
  return Object.fromEntries(await Promise.all(ended));
}

const failing = (commands: Readonly<Record<string, readonly string[]>>, line: RegExp) =>
  Object.fromEntries(
    Object.entries(commands).map(([name, [command]]) => [
      name,
      { status: errorOf(command), stdout: '', stderr: expect.stringMatching(line) },
    ]),
  );

describe('without a usable cluster, every command that asks one', () => {
  const line = (text: string) => new RegExp(`^sallyport: ${text}\\n$`);
  test.each<[what: string, kubeconfig: string, line: RegExp]>([
    ['no kubeconfig', '/nowhere', line('kubeconfig /nowhere does not exist: give another file')],
    ['a malformed kubeconfig', 'no-yaml', line('kubeconfig no-yaml is not YAML: line \\d')],
    ['a kubeconfig that is none', 'no-config', line('kubeconfig no-config has no contexts: give another file')],
    ['an empty kubeconfig', 'empty', line('kubeconfig empty has no contexts: give another file')],
    ['nobody who listens', 'nobody', line('GET \\S+: Network: connect ECONNREFUSED 127\\.0\\.0\\.1:\\d+')],
    ['no permission', 'tenant', line('.*403 Forbidden: .*"system:serviceaccount:shop:eve" cannot (list|get) .*')],
  ])('%s', async (_, kubeconfig, expected) => {
    expect(await runEach(asking, '--kubeconfig', kubeconfig)).toEqual(failing(asking, expected));
    expect(existsSync(file('bundle'))).toBe(false);
  });

  test('a context that is not there', async () => {
    const expected = line('kubeconfig admin has no context "none": choose one of test');
    expect(await runEach(asking, '--kubeconfig', 'admin', '--context', 'none')).toEqual(failing(asking, expected));
  });

  test('Ctrl-C while the API server is silent: status 130, not a word', async () => {
    const ended = Object.entries(asking).map(async ([name, args]) => [name, await interruptWhileSilent(args)] as const);
    const expected = Object.keys(asking).map((name) => [name, { status: 130, stdout: '', stderr: '' }]);
    expect(Object.fromEntries(await Promise.all(ended))).toEqual(Object.fromEntries(expected));
  });
});

/** Runs a command against an API server that takes connections and says nothing, and interrupts it at the first one. */
async function interruptWhileSilent(args: readonly string[]): Promise<Ended> {
  const sockets: Socket[] = [];
  await using silent = createServer((socket) => void sockets.push(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as { readonly port: number };
  write(`silent-${port}`, renderKubeconfig({ url: `https://127.0.0.1:${port}`, caData: server.caData, token: 'x' }));
  const { child, ended } = start([...args, '--kubeconfig', `silent-${port}`]);
  await once(silent, 'connection');
  child.kill('SIGINT');
  const result = await ended;
  for (const socket of sockets) socket.destroy();
  return result;
}

const reading: Readonly<Record<string, readonly string[]>> = {
  validate: ['validate', '-f'],
  diff: ['diff', '--against', 'route.yaml', '-f'],
  translate: ['translate', '-f'],
};

describe('what reads manifests', () => {
  const onFile = (name: string) =>
    Object.fromEntries(Object.entries(reading).map(([command, args]) => [command, [...args, name]]));

  test('says of a missing file that it is', async () => {
    const commands = onFile('gone.yaml');
    const line = /^sallyport: gone\.yaml: there is no such file or folder\n$/;
    expect(await runEach(commands)).toEqual(failing(commands, line));
  });

  test('says file and line of what is not YAML', async () => {
    const problem = 'malformed.yaml:3: is not YAML: .*\\n';
    const { validate, diff, translate } = await runEach(onFile('malformed.yaml'));
    expect(validate).toMatchObject({
      status: 1,
      stderr: '',
      stdout: expect.stringMatching(`^${problem}0 objects judged`),
    });
    const refused = (what: string) => `^sallyport: nothing is ${what}, these are not valid:\n${problem}$`;
    expect(diff).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(refused('compared')) });
    expect(translate).toEqual({ status: 1, stdout: '', stderr: expect.stringMatching(refused('compiled')) });
  });

  test('says so before it asks a cluster', async () => {
    const { stderr } = await run(['diff', '-f', 'malformed.yaml', '--kubeconfig', 'nobody']);
    expect(stderr).toContain('malformed.yaml:3: is not YAML');
  });

  test('is interrupted while it waits for standard input', async () => {
    const ended = Object.values(onFile('-')).map(async (args) => {
      const { child, ended } = start(args, 'pipe');
      // Nothing tells from outside that it reads; a second signal later than 300 ms would end it in any case.
      await sleep(3_000);
      child.kill('SIGINT');
      const { status, stdout, stderr } = await ended;
      return { status: status ?? child.signalCode, stdout, stderr };
    });
    const silentEnd = { status: expect.toBeOneOf([130, 'SIGINT']), stdout: '', stderr: '' };
    expect(await Promise.all(ended)).toEqual([silentEnd, silentEnd, silentEnd]);
  });
});

describe('unknown names', () => {
  const admin = ['--kubeconfig', 'admin'];
  test.each<[args: readonly string[], status: number, line: RegExp]>([
    [['explain', 'shop/web', '--to', '198.51.100.10', ...admin], 1, /^sallyport: there is no Pod shop\/web: .*\n$/],
    [['explain', 'a/b/c', '--to', '198.51.100.10', ...admin], 1, /^sallyport: "a\/b\/c" names no Pod: .*\n$/],
    [
      ['explain', 'shop/web', '--to', 'nowhere.invalid', ...admin],
      1,
      /^sallyport: nowhere\.invalid is no address.*\n$/,
    ],
    [['drain', 'nobody', ...admin], 1, /^sallyport: .*nobody.*\n$/],
    [['undrain', 'nobody', ...admin], 1, /^sallyport: .*nobody.*\n$/],
    [['drain', 'No/de', ...admin], 1, /^sallyport: "No\/de" .*\n$/],
    [['addresses', 'nobody', ...admin], 1, /^sallyport: there is no EgressAddressPool nobody: there is none\n$/],
    [['conformance', '--gateway-class', 'nobody', ...admin], 1, /^sallyport: GatewayClass nobody does not exist.*\n$/],
    [['conformance'], 1, /^sallyport: --gateway-class is missing: .*\n$/],
    [['support-bundle', '-d', '/proc/sallyport', ...admin], 1, /^sallyport: ENOENT: .*\/proc\/sallyport.*\n$/],
    [['completion', 'tcsh'], 1, /^error: .* Allowed choices are bash, zsh, fish\.\n\(sallyport --help .*\)\n$/],
    [['version', '-o', 'yaml'], 1, /^error: .* Allowed choices are json\.\n\(sallyport --help .*\)\n$/],
    [['version', 'x'], 1, /^error: too many arguments for 'version'\. .*\n\(sallyport --help .*\)\n$/],
    [
      ['translate', '--from', 'nobody', '-f', 'x'],
      1,
      /^error: .* Allowed choices are cilium, .*\n\(sallyport --help .*\)\n$/,
    ],
    [['status', '--nothing'], 1, /^error: unknown option '--nothing'\n\(sallyport --help .*\)\n$/],
    [['diff', '-f', 'x', '--nothing'], 2, /^error: unknown option '--nothing'\n\(sallyport --help .*\)\n$/],
    [['diff'], 2, /^error: required option '-f, --filename <path\.\.\.>' not specified\n\(sallyport --help .*\)\n$/],
  ])('%j', async (args, status, line) => {
    expect(await run(args)).toEqual({ status, stdout: '', stderr: expect.stringMatching(line) });
  });

  test('help is no error', async () => {
    expect(await run(['diff', '--help'])).toMatchObject({ status: 0, stderr: '' });
  });
});

test('a closed pipe ends every command that prints without a word, with status 141', async () => {
  const printing: Readonly<Record<string, readonly string[]>> = {
    ...{ status: ['status', '--kubeconfig', 'admin'], addresses: ['addresses', '--kubeconfig', 'admin'] },
    ...{ undrain: ['undrain', 'node-1', '--kubeconfig', 'admin'], validate: ['validate', '-f', 'route.yaml'] },
    ...{
      diff: ['diff', '-f', 'route.yaml', '--kubeconfig', 'admin'],
      translate: ['translate', '-f', 'route.yaml', '-o', 'json'],
    },
    ...{ conformance: ['conformance', '--list'], version: ['version'], completion: ['completion', 'bash'] },
  };
  const ended = Object.entries(printing).map(async ([name, args]) => {
    const { child, ended } = start(args);
    child.stdout?.destroy();
    const { status, stderr } = await ended;
    return [name, { status, stderr }];
  });
  const expected = Object.keys(printing).map((name) => [name, { status: 141, stderr: '' }]);
  expect(Object.fromEntries(await Promise.all(ended))).toEqual(Object.fromEntries(expected));
});
