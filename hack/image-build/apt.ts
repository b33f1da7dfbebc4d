import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, makeWorkDir, moveIntoCache } from '../controlplane/cache.ts';
import { run } from '../controlplane/run.ts';
import { parseControl, sourceOf } from './control.ts';
import type { DebianLock, LockedPackage } from './debian-lock.ts';
import { findGone, PinsGone } from './pins-gone.ts';
import type { Architecture } from './wanted.ts';

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Where packages come from: Debian's own, or what SALLYPORT_DEBIAN_MIRROR and SALLYPORT_DEBIAN_SECURITY_MIRROR say. */
function sourcesList(suite: string): string {
  const main = process.env['SALLYPORT_DEBIAN_MIRROR'] || 'http://deb.debian.org/debian';
  const security = process.env['SALLYPORT_DEBIAN_SECURITY_MIRROR'] || 'http://deb.debian.org/debian-security';
  const line = (mirror: string, name: string) => `deb [signed-by=${keyring}] ${mirror} ${name} main\n`;
  return line(main, suite) + line(main, `${suite}-updates`) + line(security, `${suite}-security`);
}

/** As `DebianLock`, of whichever packages. */
export type PackageList = Pick<DebianLock, 'suite' | 'date'> & {
  readonly packages: Readonly<Record<Architecture, readonly LockedPackage[]>>;
};

/** An apt of its own in a folder: no state of the machine's counts, but its proxies (`/etc/apt/apt.conf.d`) do. */
interface PrivateApt {
  readonly get: (...args: readonly string[]) => readonly [string, ...string[]];
  readonly cache: (...args: readonly string[]) => readonly [string, ...string[]];
}

/** Makes it and has it read what the mirrors offer: some seconds, and some 10 MB. */
async function preparePrivateApt(dir: string, suite: string, arch: Architecture): Promise<PrivateApt> {
  if (!existsSync(keyring)) throw new Error(`${keyring} is missing: apt-get install debian-archive-keyring`);
  await mkdir(join(dir, 'state', 'lists', 'partial'), { recursive: true });
  await mkdir(join(dir, 'cache', 'archives', 'partial'), { recursive: true });
  await writeFile(join(dir, 'sources.list'), sourcesList(suite));
  await writeFile(join(dir, 'status'), '');
  const options = [
    ...['Dir::Etc::SourceParts=/dev/null', 'Dir::Etc::Preferences=/dev/null', 'Dir::Etc::PreferencesParts=/dev/null'],
    ...[`Dir::Etc::SourceList=${dir}/sources.list`, `Dir::State=${dir}/state`, `Dir::State::status=${dir}/status`],
    ...[`Dir::Cache=${dir}/cache`, `APT::Architecture=${arch}`, `APT::Architectures::=${arch}`],
    // What is downloaded is compared with the lock, however old the mirror's list; the key counts when the lock is made.
    ...['Acquire::Check-Valid-Until=false', 'APT::Install-Recommends=false', 'Acquire::Languages=none'],
    // It could not write into a folder of ours.
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  const apt: PrivateApt = {
    get: (...args) => ['apt-get', '--quiet=2', ...options, ...args],
    cache: (...args) => ['apt-cache', ...options, ...args],
  };
  await run(apt.get('update'));
  return apt;
}

/** What apt would install today for some packages on a bare system, with the digests that the signed lists have. */
export async function resolvePackages(
  suite: string,
  arch: Architecture,
  wanted: readonly string[],
): Promise<readonly LockedPackage[]> {
  await using work = await makeWorkDir();
  const apt = await preparePrivateApt(work.path, suite, arch);
  const plan = await run(apt.get('install', '--simulate', ...wanted));
  const chosen = [...plan.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name = '', version = '']) => ({ name, version }));
  if (chosen.length === 0) throw new Error(`apt-get install --simulate: no package in its answer:\n${plan}`);
  const shown = await run(apt.cache('show', ...chosen.map(({ name, version }) => `${name}=${version}`)));
  const known = shown.split('\n\n').map(parseControl);
  return chosen
    .map(({ name, version }): LockedPackage => {
      const record = known.find((each) => each.get('Package') === name && each.get('Version') === version);
      const sha256 = record?.get('SHA256');
      if (record === undefined || sha256 === undefined) throw new Error(`apt-cache show ${name}=${version}: no SHA256`);
      return { name, version, source: sourceOf(record), sha256 };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The files of the locked packages, by name, out of the cache or downloaded by `apt-get download`; throws where one is not what was pinned, PinsGone where another has taken its place. */
export async function providePackages(lock: PackageList, arch: Architecture): Promise<ReadonlyMap<string, string>> {
  const folder = join(cacheDir(), 'debian');
  const fileOf = ({ name, sha256 }: LockedPackage) => join(folder, `${name}_${arch}_${sha256.slice(0, 16)}.deb`);
  const missing = lock.packages[arch].filter((each) => !existsSync(fileOf(each)));
  if (missing.length > 0) await download(lock, arch, { missing, fileOf });
  return new Map(lock.packages[arch].map((each) => [each.name, fileOf(each)]));
}

/** The files of packages and of all that they depend on, as the mirrors have them today: for what needs no pins. */
export async function resolvePackageFiles(
  suite: string,
  arch: Architecture,
  wanted: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const packages = { amd64: [], arm64: [], [arch]: await resolvePackages(suite, arch, wanted) };
  return await providePackages({ suite, date: new Date().toISOString().slice(0, 10), packages }, arch);
}

async function download(
  lock: PackageList,
  arch: Architecture,
  { missing, fileOf }: { missing: readonly LockedPackage[]; fileOf: (each: LockedPackage) => string },
): Promise<void> {
  await using work = await makeWorkDir();
  const apt = await preparePrivateApt(work.path, lock.suite, arch);
  const gone = findGone(missing, await run(apt.cache('madison', ...missing.map(({ name }) => name))));
  if (gone.length > 0) throw new PinsGone(gone, lock.date);
  const target = join(work.path, 'packages');
  await mkdir(target);
  const names = missing.map(({ name, version }) => `${name}=${version}`);
  await run(apt.get('download', ...names), { cwd: target }).catch((error: Error) => {
    throw new Error(`${error.message}\n${unreachable}`);
  });
  for (const each of missing) {
    const file = join(
      target,
      `${each.name}_${each.version.replaceAll(':', '%3a')}_${await archOf(target, each, arch)}.deb`,
    );
    const digest = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    if (digest !== each.sha256)
      throw new Error(`${each.name} ${each.version}: SHA-256 is ${digest}, pinned is ${each.sha256}`);
    await moveIntoCache(file, fileOf(each));
  }
}

async function archOf(folder: string, { name, version }: LockedPackage, arch: Architecture): Promise<string> {
  return existsSync(join(folder, `${name}_${version.replaceAll(':', '%3a')}_all.deb`)) ? 'all' : arch;
}

const unreachable =
  '  are the mirrors reachable? SALLYPORT_DEBIAN_MIRROR and SALLYPORT_DEBIAN_SECURITY_MIRROR name others (http://…)';
