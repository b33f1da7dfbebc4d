import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeBundle } from '../../../hack/lib/bundle.ts';

let folder = '';
let main = '';
// As users have it, which starts five times as fast.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-cli-'));
  main = await writeBundle(folder);
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = (args: readonly string[]) => {
  const env = { ...process.env, KUBECONFIG: '/nowhere' };
  const child = spawn(process.execPath, [main, ...args], { env, cwd: folder });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return { child, stderr: () => stderr };
};

async function run(args: readonly string[], stdin = '') {
  const { child, stderr } = start(args);
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stdin.end(stdin);
  const [status] = await once(child, 'close');
  return { status, stdout, stderr: stderr() };
}

const route = `
apiVersion: sallyport.dev/v1alpha1
kind: EgressRoute
metadata: {name: all, namespace: shop}
spec: {parentRefs: [{name: out}], rules: [{}]}
`;

test('reads manifests from stdin, and ends with status 0 when there is nothing against them but reservations', async () => {
  const { status, stdout, stderr } = await run(['validate', '-f', '-'], route);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toBe(
    'stdin:2: warning: EgressRoute shop/all: not judged: whether Gateway shop/out takes the route: it, or its GatewayClass, is not among the manifests\n' +
      '1 object judged: 0 errors, 1 warning\n',
  );
});

test('an error is status 1', async () => {
  const { status, stdout } = await run(['validate', '-f', '-'], route.replace('rules', 'rule'));
  expect(status).toBe(1);
  expect(stdout).toContain('stdin:5: EgressRoute shop/all: spec.rule: is an unknown field');
});

test('diff of manifests against others: 1 for a difference, 0 for none', async () => {
  const file = join(folder, 'route.yaml');
  await writeFile(file, route);
  expect(await run(['diff', '-f', file, '--against', file])).toEqual({
    status: 0,
    stdout: 'nothing changes\n',
    stderr: '',
  });
  const { status, stdout } = await run(
    ['diff', '-f', '-', '--against', file],
    route.replace('name: all', 'name: more'),
  );
  expect(status).toBe(1);
  expect(stdout).toMatch(/^EgressRoute shop\/more: created\n/);
});

test('translate without --from prints what the controller would write', async () => {
  const samples = fileURLToPath(new URL('../../../config/samples/', import.meta.url));
  const { status, stdout, stderr } = await run(['translate', '-f', `${samples}lab`, `${samples}demo`, '-o', 'json']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { manifests } = JSON.parse(stdout) as { readonly manifests: readonly { readonly kind: string }[] };
  expect(new Set(manifests.map(({ kind }) => kind))).toEqual(
    new Set(['EgressAddressClaim', 'EgressPlacement', 'EgressRuleSet']),
  );
  expect(manifests).toContainEqual(
    expect.objectContaining({
      kind: 'EgressPlacement',
      metadata: { name: 'gateway.shop.partners' },
      spec: expect.objectContaining({
        identities: [{ id: 513, ipv4: '192.0.2.100', ipv6: '2001:db8:2::100' }],
      }),
    }),
  );
});

const mistakes: readonly [args: readonly string[], status: number, message: RegExp][] = [
  [['validate', '-f', 'nothing.yaml'], 1, /^sallyport: nothing\.yaml: there is no such file or folder\n$/],
  [
    ['validate', '-f', '.', '--kubeconfig', '/nowhere'],
    1,
    /^sallyport: there is no object of Sallyport or Gateway API in \.\n$/,
  ],
  [['validate'], 1, /^error: required option '-f, --filename <path\.\.\.>' not specified\n/],
  [['diff', '-f', 'nothing.yaml', '--against', 'nothing.yaml'], 2, /^sallyport: nothing\.yaml: there is no such file/],
  [['status'], 1, /^sallyport: .*\/nowhere/],
  [['statsu'], 1, /^error: unknown command 'statsu'\n\(Did you mean status\?\)\n/],
];
test.each(mistakes)('%j is one clear line and status %i', async (args, status, message) => {
  const empty = await mkdtemp(join(folder, 'empty-'));
  const paths = args.map((arg) => (arg === '.' ? empty : arg));
  const result = await run(paths);
  expect({ ...result, stderr: result.stderr.replaceAll(empty, '.') }).toEqual({
    status,
    stdout: '',
    stderr: expect.stringMatching(message),
  });
});

test('an API server that does not answer can be given up with Ctrl-C: status 130, not a word', async () => {
  const sockets: Socket[] = [];
  await using server = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'a' },
    clusters: [
      { name: 'a', cluster: { server: `https://127.0.0.1:${address.port}`, 'insecure-skip-tls-verify': true } },
    ],
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    users: [{ name: 'a', user: {} }],
  };
  const file = join(folder, 'kubeconfig');
  await writeFile(file, JSON.stringify(config));
  const { child, stderr } = start(['status', '--kubeconfig', file]);
  await once(server, 'connection');
  const stopped = performance.now();
  child.kill('SIGINT');
  const [status] = await once(child, 'close');
  const milliseconds = performance.now() - stopped;
  for (const socket of sockets) socket.destroy();
  expect({ status, stderr: stderr() }).toEqual({ status: 130, stderr: '' });
  expect(milliseconds).toBeLessThan(3_000);
});

test('a reader that goes ends it without a word', async () => {
  const many = Array.from({ length: 50 }, (_, at) => route.replace('name: all', `name: r${at}`)).join('---');
  await writeFile(join(folder, 'many.yaml'), many);
  const { child, stderr } = start(['validate', '-f', join(folder, 'many.yaml'), '-o', 'json']);
  child.stdout.destroy();
  const [status] = await once(child, 'close');
  expect({ status, stderr: stderr() }).toEqual({ status: 141, stderr: '' });
});
