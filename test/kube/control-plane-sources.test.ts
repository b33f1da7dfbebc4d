import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEnvtestIndex } from '../../hack/controlplane/envtest.ts';
import { proxyUrls } from '../../hack/controlplane/gateway-api.ts';
import { parseGoMinor } from '../../hack/controlplane/go.ts';
import { controlPlaneBinaries, envtest } from '../../hack/controlplane/versions.ts';

// Every source of the control plane's programs, with a machine that has no Go and a file server in the place of the internet.
const cpu = process.arch === 'x64' ? 'amd64' : process.arch;
const file = `envtest-v${envtest.version}-linux-${cpu}.tar.gz`;
const inArchive = ['etcd', 'kube-apiserver', 'kubectl'];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sources-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

function writePrograms(folder: string, names: readonly string[], text: string): string {
  const path = join(dir, folder);
  mkdirSync(path, { recursive: true });
  for (const name of names) {
    writeFileSync(join(path, name), `#!/bin/sh\necho ${text} ${name}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

function makeArchive(): Buffer {
  writePrograms('pack/controller-tools/envtest', inArchive, 'archive');
  execFileSync('tar', ['-czf', join(dir, file), '-C', join(dir, 'pack'), 'controller-tools']);
  return readFileSync(join(dir, file));
}

async function serveFiles(
  files: Readonly<Record<string, Buffer | string>>,
): Promise<{ url: string; asked: string[] } & Disposable> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const body = files[request.url ?? ''];
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, [Symbol.dispose]: () => server.close() };
}

interface Outcome {
  readonly ok: boolean;
  readonly text: string;
}

/** Runs resolve.ts as the scripts do, on a machine without Go, with a cache of its own. */
async function resolve(env: Readonly<Record<string, string>>): Promise<Outcome> {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['flock', 'tar', 'gzip', 'sh']) {
    if (!existsSync(join(bin, name))) execFileSync('ln', ['-s', `/usr/bin/${name}`, join(bin, name)]);
  }
  const script = `import { resolveControlPlane } from '${join(import.meta.dirname, '../../hack/controlplane/resolve.ts')}';
console.log(JSON.stringify(await resolveControlPlane()));`;
  const { execFile } = await import('node:child_process');
  return new Promise((done) => {
    execFile(
      process.execPath,
      ['--input-type=module', '-e', script],
      { env: { PATH: bin, HOME: dir, XDG_CACHE_HOME: join(dir, 'cache'), ...env } },
      (error, stdout, stderr) => done({ ok: error === null, text: error === null ? stdout : stderr }),
    );
  });
}

const runProgram = (folder: string, name: string) => execFileSync(join(folder, name), { encoding: 'utf8' }).trim();

describe('resolveControlPlane', () => {
  it('takes KUBEBUILDER_ASSETS when it has all five', async () => {
    const assets = writePrograms('assets', controlPlaneBinaries, 'assets');
    const { text } = await resolve({ KUBEBUILDER_ASSETS: assets });
    expect(JSON.parse(text)).toEqual({ dir: assets, source: 'KUBEBUILDER_ASSETS' });
  });

  it('completes it from the archive, whose digest the index names, and keeps that in the cache', async () => {
    const assets = writePrograms('assets', ['kube-controller-manager', 'kube-scheduler', 'etcd'], 'assets');
    const archive = makeArchive();
    const sha512 = createHash('sha512').update(archive).digest('hex');
    using server = await serveFiles({ '/a.tar.gz': archive });
    const index = `releases:\n  v${envtest.version}:\n    ${file}:\n      hash: ${sha512}\n      selfLink: ${server.url}/a.tar.gz\n`;
    writeFileSync(join(dir, 'index.yaml'), index);
    const env = { KUBEBUILDER_ASSETS: assets, SALLYPORT_ENVTEST_INDEX: `file://${dir}/index.yaml` };
    const { ok, text } = await resolve(env);
    expect(ok, text).toBe(true);
    const { dir: folder, source } = JSON.parse(text);
    expect(source).toBe('KUBEBUILDER_ASSETS, and the cache for kube-apiserver, kubectl');
    expect(controlPlaneBinaries.map((name) => runProgram(folder, name))).toEqual([
      'assets etcd',
      'archive kube-apiserver',
      'assets kube-controller-manager',
      'assets kube-scheduler',
      'archive kubectl',
    ]);
    expect(JSON.parse((await resolve(env)).text).dir).toBe(folder);
    expect(server.asked).toEqual(['/a.tar.gz']);
  });

  it('refuses an archive with another digest and leaves nothing in the cache', async () => {
    using server = await serveFiles({ '/a.tar.gz': makeArchive() });
    const { ok, text } = await resolve({ SALLYPORT_ENVTEST_URL: `${server.url}/a.tar.gz` });
    expect(ok).toBe(false);
    expect(text).toMatch(/a\.tar\.gz: SHA-512 is [0-9a-f]{128}, not/);
    expect(execFileSync('find', [join(dir, 'cache'), '-name', 'kube*', '-type', 'f'], { encoding: 'utf8' })).toBe('');
  });

  it('names what is missing and what to do when the archive lacks it', async () => {
    const archive = makeArchive();
    const sha512 = createHash('sha512').update(archive).digest('hex');
    using server = await serveFiles({ '/a.tar.gz': archive });
    writeFileSync(join(dir, 'index.yaml'), `${file}:\n  hash: ${sha512}\n  selfLink: ${server.url}/a.tar.gz\n`);
    const { ok, text } = await resolve({ SALLYPORT_ENVTEST_INDEX: `file://${dir}/index.yaml` });
    expect(ok).toBe(false);
    expect(text).toContain('cannot get kube-controller-manager, kube-scheduler');
    expect(text).toContain('there is no Go');
    expect(text).toContain('install Go 1.25 or newer, or set KUBEBUILDER_ASSETS');
  });

  it('downloads once for two set-ups at a time', async () => {
    const assets = writePrograms('assets', ['kube-controller-manager', 'kube-scheduler'], 'assets');
    const archive = makeArchive();
    const sha512 = createHash('sha512').update(archive).digest('hex');
    using server = await serveFiles({ '/a.tar.gz': archive });
    writeFileSync(join(dir, 'index.yaml'), `${file}:\n  hash: ${sha512}\n  selfLink: ${server.url}/a.tar.gz\n`);
    const env = { KUBEBUILDER_ASSETS: assets, SALLYPORT_ENVTEST_INDEX: `file://${dir}/index.yaml` };
    const both = await Promise.all([resolve(env), resolve(env)]);
    expect(both.map(({ ok }) => ok)).toEqual([true, true]);
    expect(server.asked).toEqual(['/a.tar.gz']);
  });
});

describe('small parsers', () => {
  it('reads the index of controller-tools', () => {
    const text =
      'releases:\n  v1:\n    a.tar.gz:\n      hash: 00ff\n      selfLink: https://x/a.tar.gz\n    b.tar.gz:\n';
    expect(parseEnvtestIndex(text, 'a.tar.gz')).toEqual({ url: 'https://x/a.tar.gz', sha512: '00ff' });
    expect(parseEnvtestIndex(text, 'b.tar.gz')).toBeUndefined();
    expect(parseEnvtestIndex(text, 'c.tar.gz')).toBeUndefined();
  });

  it('reads GOPROXY', () => {
    expect(proxyUrls(undefined)).toEqual(['https://proxy.golang.org']);
    expect(proxyUrls('direct')).toEqual(['https://proxy.golang.org']);
    expect(proxyUrls('https://a/,http://b|direct')).toEqual(['https://a', 'http://b']);
  });

  it('reads the version of Go', () => {
    expect(parseGoMinor('go version go1.26.8 linux/amd64')).toBe(26);
    expect(parseGoMinor('go version devel +abc')).toBeUndefined();
  });
});
