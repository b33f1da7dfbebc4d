import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { resolveGatewayApiCrds } from '../../hack/controlplane/resolve.ts';
import { resources } from '../../src/api/resources.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { installCrds } from '../support/install-crds.ts';

// The command as people run it, and what it prints before a real API server, with Gateway API's CRDs and ours and their CEL.
const root = fileURLToPath(new URL('../../', import.meta.url));
const golden = join(root, 'test/golden/migrate');
const cases = globSync('*/out.yaml', { cwd: golden })
  .map((path) => basename(dirname(path)))
  .sort();
let server: ApiServer;
let folder: string;

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: object;
}

const read = async (file: string): Promise<readonly Manifest[]> => {
  // kubectl reads YAML 1.1.
  const documents = parseAllDocuments(await readFile(file, 'utf8'), { version: '1.1' });
  return (Array.isArray(documents) ? documents : []).flatMap((document): Manifest[] => document.toJS() ?? []);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-translate-'));
  server = await startApiServer();
  await installCrds(server, [(await resolveGatewayApiCrds()).dir, join(root, 'config/crd')]);
  const all = (await Promise.all(cases.map((name) => read(join(golden, name, 'out.yaml'))))).flat();
  const namespaces = new Set(all.flatMap(({ metadata }) => metadata.namespace ?? []));
  for (const name of namespaces)
    await server.client.apply(`/api/v1/namespaces/${name}`, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    });
}, 120_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Manifest): string {
  const resource = Object.values(resources).find(
    (one) => one.kind === kind && apiVersion === `${one.group}/${one.version}`,
  );
  if (resource === undefined) throw new Error(`no resource for ${apiVersion} ${kind}`);
  return `/apis/${apiVersion}/${namespace === undefined ? '' : `namespaces/${namespace}/`}${resource.plural}/${name}`;
}

const dryApply = (manifest: Manifest) =>
  server.client.request(`${pathOf(manifest)}?dryRun=All&fieldManager=test&fieldValidation=Strict`, {
    method: 'PATCH',
    contentType: 'application/apply-patch+yaml',
    body: manifest,
  });

test.each(cases)('the API server takes what is made of %s', async (name) => {
  const manifests = await read(join(golden, name, 'out.yaml'));
  expect(manifests.length).toBeGreaterThan(0);
  for (const manifest of manifests) {
    const { status, body, warnings } = await dryApply(manifest);
    expect(status, `${manifest.kind} ${manifest.metadata.name}: ${JSON.stringify(body)}`).toBe(201);
    expect(warnings).toEqual([]);
  }
});

test('it would refuse what is wrong', async () => {
  const [route] = (await read(join(golden, 'cilium-shared-address', 'out.yaml'))).filter(
    ({ kind }) => kind === 'ClusterEgressRoute',
  );
  const spec = JSON.parse(JSON.stringify(route?.spec).replace('203.0.113.7/32', '203.0.113.7/24'));
  expect((await dryApply({ ...(route as Manifest), spec })).status).toBe(422);
});

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const sallyport = (args: readonly string[], stdin = '') =>
  new Promise<Ended>((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'src/cli/main.ts'), ...args],
      { cwd: folder },
      (error, stdout, stderr) => {
        resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
      },
    );
    child.stdin?.end(stdin);
  });
const translate = (from: string, ...args: readonly string[]) => sallyport(['translate', '--from', from, ...args]);

describe('sallyport translate', () => {
  test('prints what the golden cases have, from a file, from stdin and from a folder', async () => {
    const text = await readFile(join(golden, 'cilium-fixed-address/in.yaml'), 'utf8');
    await writeFile(join(folder, 'in.yaml'), text);
    const wanted = await readFile(join(golden, 'cilium-fixed-address/out.yaml'), 'utf8');
    const file = await translate('cilium', '-f', 'in.yaml', '-n', 'platform');
    expect(file).toEqual({
      status: 0,
      stdout: wanted,
      stderr: await readFile(join(golden, 'cilium-fixed-address/out.txt'), 'utf8'),
    });
    const stdin = await sallyport(['translate', '--from', 'cilium', '-f', '-', '-n', 'platform'], text);
    expect(stdin.stdout).toBe(wanted.replaceAll('in.yaml', 'stdin'));
    const all = await translate('cilium', '-f', folder, '-n', 'platform', '-o', 'json');
    expect(all.status).toBe(0);
    expect(JSON.parse(all.stdout).items).toEqual(await read(join(golden, 'cilium-fixed-address/out.yaml')));
  });

  test('takes namespace, class and interface from its flags', async () => {
    const pool = await readFile(join(golden, 'antrea-subnets/in.yaml'), 'utf8');
    const { stdout } = await sallyport(
      ['translate', '--from', 'antrea', '-f', '-', '--interface', 'ens3', '--gateway-class', 'out', '-n', 'egress'],
      pool,
    );
    expect(stdout).toContain('interface: ens3');
    expect(stdout).toContain('gatewayClassName: out-vlan-10');
    expect(stdout).toContain('namespace: egress');
  });

  const good =
    'apiVersion: k8s.ovn.org/v1\nkind: EgressIP\nmetadata: {name: a}\nspec: {egressIPs: [192.0.2.1], namespaceSelector: {}}\n';
  test.each([
    {
      what: 'a missing file',
      files: {},
      args: ['gone.yaml'],
      lines: [
        /^gone\.yaml: there is no such file or folder$/,
        /^made nothing; nothing to note$/,
        /^sallyport: nothing could be translated$/,
      ],
    },
    {
      what: 'malformed YAML',
      files: { 'bad.yaml': 'a: 1\nb: [\n' },
      args: ['bad.yaml'],
      lines: [
        /^bad\.yaml:3: is not YAML: /,
        /^made nothing; nothing to note$/,
        /^sallyport: nothing could be translated$/,
      ],
    },
    {
      what: 'an empty file',
      files: { 'empty.yaml': '# nothing\n' },
      args: ['empty.yaml'],
      lines: [
        /^made nothing; nothing to note$/,
        /^sallyport: nothing to translate: there is no EgressIP in empty\.yaml$/,
      ],
    },
    {
      what: 'a folder without manifests',
      files: {},
      args: ['.'],
      lines: [/^made nothing; nothing to note$/, /^sallyport: nothing to translate: there is no EgressIP in \.$/],
    },
    {
      what: 'kinds of others',
      files: { 'other.yaml': 'apiVersion: cilium.io/v2\nkind: CiliumEgressGatewayPolicy\nmetadata: {name: a}\n' },
      args: ['other.yaml'],
      lines: [
        /^other\.yaml:1: CiliumEgressGatewayPolicy a: ignored: .*give --from cilium for it$/,
        /^made nothing; notes: 1 ignored$/,
        /^sallyport: nothing to translate: there is no EgressIP in other\.yaml$/,
      ],
    },
    {
      what: 'a wrong field',
      files: { 'wrong.yaml': good.replace('[192.0.2.1]', '7') },
      args: ['wrong.yaml'],
      lines: [
        /^wrong\.yaml:4: EgressIP a: spec\.egressIPs is the number 7, not a list$/,
        /^made nothing; nothing to note$/,
        /^sallyport: nothing could be translated$/,
      ],
    },
  ])('says of $what what it is, one line each, and ends with status 1', async ({ files, args, lines }) => {
    const own = await mkdtemp(join(folder, 'case-'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(own, name), text);
    const paths = args.map((path) => join(own, path));
    const { status, stdout, stderr } = await translate('ovn', '-f', ...paths);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const told = stderr.replaceAll(`${own}/`, '').replaceAll(own, '.').trimEnd().split('\n');
    expect(told).toEqual(lines.map((line) => expect.stringMatching(line)));
  });

  test('what can be translated is, beside what cannot, and the status tells', async () => {
    await writeFile(
      join(folder, 'half.txt'),
      `${good}---\n${good.replace('name: a', 'name: b').replace('[192.0.2.1]', '[here]')}`,
    );
    const { status, stdout, stderr } = await translate('ovn', '-f', 'half.txt', '-f', 'gone.yaml');
    expect(status).toBe(1);
    expect(stdout).toContain('kind: ClusterEgressRoute');
    expect(stderr).toContain('half.txt:9: EgressIP b: spec.egressIPs has "here", no IP address');
    expect(stderr).toMatch(/sallyport: 2 of the manifests could not be read; the others were translated\n$/);
  });

  test.each([
    ['a file that is not there', ['translate', '-f', 'x'], /x: there is no such file/],
    ['an unknown peer', ['translate', '--from', 'flannel', '-f', 'x'], /cilium, antrea, spidernet, ovn, kube-vip/],
    ['no file', ['translate', '--from', 'ovn'], /--filename/],
    [
      'a bad namespace',
      ['translate', '--from', 'ovn', '-f', 'x', '-n', 'A_B'],
      /expected a name of lower-case letters/,
    ],
  ])('refuses %s', async (_, args, message) => {
    const { status, stderr } = await sallyport(args);
    expect(status).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
