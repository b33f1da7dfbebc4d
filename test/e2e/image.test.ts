import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { cacheDir } from '../../hack/controlplane/cache.ts';
import { readTar, type TarEntry } from '../../hack/image-build/tar-read.ts';
import { unpackImage } from '../../hack/image-build/unpack.ts';
import { measured, sourceOf, untilSource, useLab } from '../support/lab.ts';
import { daemonSetYaml, gatewayYaml, namespaceYaml, routeYaml } from '../support/lab-manifests.ts';
import { addressOf, apply, runningPods, untilCondition, untilProgrammed } from '../support/lab-objects.ts';

// The image as hack/image builds it: the same bytes every time, nothing in it that is nobody's, and Sallyport running from it.

const folder = mkdtempSync(join(tmpdir(), 'sallyport-image-'));
afterAll(() => rmSync(folder, { recursive: true }));
const hack = join(import.meta.dirname, '..', '..', 'hack');

/** Builds it; answers the digest that it prints. */
function build(name: string, env: NodeJS.ProcessEnv = {}): string {
  const started = performance.now();
  const digest = runImage(['--output', join(folder, name), ...lock], env).trim();
  measured(`hack/image in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return digest;
}

function runImage(args: readonly string[], env: NodeJS.ProcessEnv = {}): string {
  const options = { encoding: 'utf8', env: { ...process.env, SALLYPORT_LAB_SETUP: 'done', ...env } } as const;
  return execFileSync(join(hack, 'image'), args, options);
}

/** Which packages both builds take; mirrors drop what has been fixed, and a machine that has not kept it goes on with what they have now. */
let lock: readonly string[] = [];
function buildFirst(): string {
  try {
    return build('first.tar');
  } catch (error) {
    if (!(error instanceof Error && 'status' in error && error.status === 3)) throw error;
    lock = ['--lock', join(folder, 'debian-lock.json')];
    runImage(['--update-lock', ...lock]);
    measured(
      "NOT the pinned image: mirrors no longer have its packages, today's are in it; hack/image --update-lock renews",
    );
    return build('first.tar');
  }
}

const file = join(folder, 'first.tar');
const digest = buildFirst();
const archive = readTar(readFileSync(file));
const read = (path: string) => archive.find((entry) => entry.path === path)?.data ?? Buffer.alloc(0);
const [image] = JSON.parse(read('manifest.json').toString('utf8')) as readonly { readonly Layers: readonly string[] }[];
const entries: readonly TarEntry[] = (image?.Layers ?? []).flatMap((path) => readTar(gunzipSync(read(path))));
const sbom = JSON.parse(readFileSync(join(folder, 'first.spdx.json'), 'utf8')) as {
  readonly packages: readonly { readonly SPDXID: string; readonly name: string; readonly versionInfo: string }[];
  readonly files: readonly {
    readonly SPDXID: string;
    readonly fileName: string;
    readonly checksums: readonly { readonly algorithm: string; readonly checksumValue: string }[];
  }[];
  readonly relationships: readonly { readonly spdxElementId: string; readonly relatedSpdxElement: string }[];
};

describe('hack/image', () => {
  it('builds the same image again, without what it kept', () => {
    const cache = join(folder, 'cache', 'sallyport');
    mkdirSync(cache, { recursive: true });
    // What was downloaded; layers are made anew.
    for (const name of ['debian', 'node']) symlinkSync(join(cacheDir(), name), join(cache, name));
    expect(build('second.tar', { XDG_CACHE_HOME: join(folder, 'cache') })).toBe(digest);
    for (const name of ['tar', 'spdx.json'])
      expect(readFileSync(join(folder, `second.${name}`)).equals(readFileSync(join(folder, `first.${name}`)))).toBe(
        true,
      );
    expect(existsSync(join(cache, 'layers'))).toBe(true);
  }, 120_000);

  it('is small', () => {
    const bytes = readFileSync(file).length;
    measured(`the image: ${(bytes / 1e6).toFixed(1)} MB`);
    expect(bytes).toBeLessThan(70e6);
  });

  it('has no file that is not in a package of its SBOM, and no package without its licence', () => {
    const sha256 = (entry: TarEntry) =>
      createHash('sha256')
        .update(entry.target ?? entry.data)
        .digest('hex');
    const inImage = entries
      .filter(({ kind }) => kind !== 'directory')
      .map((entry) => `./${entry.path} ${sha256(entry)}`);
    const listed = sbom.files.map(
      ({ fileName, checksums }) =>
        `${fileName} ${checksums.find(({ algorithm }) => algorithm === 'SHA256')?.checksumValue}`,
    );
    expect(inImage.length).toBeGreaterThan(100);
    expect(inImage.sort()).toEqual(listed.sort());
    const packages = new Set(sbom.packages.map(({ SPDXID }) => SPDXID));
    const owners = new Map(
      sbom.relationships
        .filter(
          ({ spdxElementId, relatedSpdxElement }) => packages.has(spdxElementId) && /-File-/.test(relatedSpdxElement),
        )
        .map(({ spdxElementId, relatedSpdxElement }) => [relatedSpdxElement, spdxElementId]),
    );
    expect(sbom.files.filter(({ SPDXID }) => !owners.has(SPDXID))).toEqual([]);
    const paths = entries.map(({ path }) => path);
    const debian = sbom.packages.filter(({ SPDXID }) => SPDXID.startsWith('SPDXRef-Package-debian-'));
    expect(debian.length).toBeGreaterThan(30);
    for (const { name } of debian)
      expect(
        paths.some((path) => path === `usr/share/doc/${name}` || path === `usr/share/doc/${name}/copyright`),
        name,
      ).toBe(true);
    const npm = sbom.packages.filter(({ SPDXID }) => SPDXID.startsWith('SPDXRef-Package-npm-'));
    expect(npm.map(({ name }) => name)).toEqual(expect.arrayContaining(['@kubernetes/client-node', 'undici', 'yaml']));
  });

  it('has no shell, nothing that gives rights away, and nothing that everybody may write but /tmp', () => {
    const paths = entries.map(({ path }) => path);
    expect(
      paths.filter((path) => /^usr\/s?bin\/(sh|bash|dash|busybox|perl|python[\d.]*|apt|dpkg)$/.test(path)),
    ).toEqual([]);
    expect(entries.filter(({ mode }) => (mode & 0o6000) !== 0)).toEqual([]);
    const open = entries.filter(({ kind, mode }) => kind !== 'symlink' && (mode & 0o022) !== 0);
    expect(open.map(({ path }) => path)).toEqual(['tmp']);
  });
});

const root = await unpackImage(file);

describe('its programs', () => {
  /** In a namespace of its own, the root read-only, without any capability. */
  const run = (...command: readonly string[]) => {
    const script = `mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd "$0" && mount --rbind /proc proc && mount --rbind /dev dev && exec chroot . "$@"`;
    const namespaces = ['--user', '--map-root-user', '--mount', '--net', '--propagation', 'private'];
    const env = { PATH: `/usr/sbin:/usr/bin:/sbin:/bin`, HOME: '/' };
    const path = process.env['PATH'] ?? '';
    return spawnSync('unshare', [...namespaces, 'bash', '-c', script, root, ...command], {
      ...{ encoding: 'utf8', env: { ...env, PATH: `${env.PATH}:${path}` } },
    });
  };

  it.each([
    [['sallyport', 'version'], /^sallyport \d/],
    [['node', '--version'], /^v24\./],
    [['nft', '--version'], /^nftables v1\.0\.6/],
    [['ip', '-V'], /iproute2-6\.1/],
    [['bridge', '-V'], /bridge utility/],
    [['conntrack', '--version'], /conntrack v1\.4\.7/],
    [['conntrackd', '-v'], /v1\.4\.7/],
    [['keepalived', '--version'], /Keepalived v2\.2\.7/],
    [['bird', '--version'], /BIRD version 2\.0\.12/],
    [['arping', '-V'], /arping from iputils/],
    [['unshare', '--version'], /util-linux 2\.38/],
    [['nsenter', '--version'], /util-linux 2\.38/],
  ])('%j starts', (command, words) => {
    const { stdout, stderr } = run(...command);
    expect(stdout + stderr).toMatch(words);
  });

  it('nft knows the protocols by name', () => {
    const rule = 'inet t c meta l4proto udp accept';
    const { stdout, stderr } = run('nft', '-e', `add table inet t; add chain inet t c; add rule ${rule}`);
    expect([stderr, stdout]).toEqual(['', expect.stringContaining(`add rule ${rule}`)]);
  });
});

describe('Sallyport from the image', () => {
  const lab = useLab('image', { nodes: 3, image: file });
  let address = '';

  it("runs in the image's own root, read-only, with the capabilities of its manifests", async () => {
    const script = `for p in /proc/[0-9]*; do
      name=$(tr '\\0' ' ' < $p/cmdline | grep -oE 'bin/sallyport (agent|failover|controller)') || continue
      echo "$name $(readlink $p/exe | sed 's/.*[.]root//') $(sed -n 's/^CapEff:\\t0*//p' $p/status) $(ls $p/root | tr '\\n' ' ')$(touch $p/root/x 2>&1 | grep -o 'Read-only')"
    done | sort | uniq -c`;
    const { stdout } = await lab.run(['bash', '-c', script]);
    const top = 'bin dev etc lib lib64 proc run sbin sys tmp usr var Read-only';
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual([
      `3 bin/sallyport agent /usr/bin/node 201000 ${top}`,
      `2 bin/sallyport controller /usr/bin/node  ${top}`,
      `3 bin/sallyport failover /usr/bin/node 807400 ${top}`,
    ]);
  });

  it('gives Pods one address, proves the way, and replicates flows', async () => {
    await apply(lab, namespaceYaml('shop'), daemonSetYaml('shop/web'));
    await runningPods(lab, 'shop', { count: 3 });
    await apply(lab, gatewayYaml('shop/out'), routeYaml('shop/all', { gateway: 'shop/out' }));
    address = await addressOf(lab, 'shop/out');
    await untilProgrammed(lab, 'egressroute', 'shop/all');
    for (const { key } of await runningPods(lab, 'shop', { count: 3 }))
      for (const udp of [false, true]) expect(await sourceOf(lab, key, { udp })).toBe(address);
    await untilCondition(lab, ['gateway', 'shop/out'], { type: 'sallyport.dev/PathVerified', status: 'True' });
    await untilCondition(lab, ['gateway', 'shop/out'], { type: 'sallyport.dev/Degraded', status: 'False' });
  });

  it('moves the address when its node dies', async () => {
    const owner = (await lab.owner('shop/out')) ?? '';
    const pod = (await runningPods(lab, 'shop', { count: 3 })).find(({ node }) => node !== owner);
    const flows = lab.probe([pod?.key ?? ''], { tcp: 5, intervalMs: 20, seconds: 8 });
    await lab.fault('crash', owner);
    const [seen] = await flows;
    expect(seen?.tcp).toMatchObject({ opened: 5, survived: 5, sources: [address] });
    expect(seen?.udp.sources).toEqual([address]);
    await lab.fault('heal', owner);
    await untilSource(lab, pod?.key ?? '', { address });
  });
});
