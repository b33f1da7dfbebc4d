import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, makeWorkDir, moveIntoCache } from '../controlplane/cache.ts';
import { providePackages } from './apt.ts';
import { type DebianPackage, readDeb } from './deb.ts';
import type { DebianLock } from './debian-lock.ts';
import { fileEntry, type LayerContent } from './layers.ts';
import { type OwnedEntry, selectFiles } from './select-files.ts';
import { readTar } from './tar-read.ts';
import { writeTar } from './tar-write.ts';
import { type Architecture, architectures, debianFiles } from './wanted.ts';

/** Debian's programs and what they and Node need, unpacked; no maintainer script is run. The same lock is the same layer. */
export async function debianLayer(
  lock: DebianLock,
  arch: Architecture,
  nodeLibraries: readonly string[],
): Promise<LayerContent> {
  const files = await keptSelection(lock, arch, nodeLibraries);
  const used = new Set(files.map(({ owner }) => owner));
  return {
    title: `Debian ${lock.suite} packages`,
    seconds: Date.parse(lock.date) / 1000,
    files,
    packages: lock.packages[arch]
      .filter(({ name }) => used.has(name))
      .map(({ name, version, source }) => ({ name, version, source, kind: 'debian', license: 'NOASSERTION' })),
  };
}

/** Of packages as they are in the archive those files that the image has. */
export async function selectDebianFiles(
  packageFiles: ReadonlyMap<string, string>,
  arch: Architecture,
  nodeLibraries: readonly string[],
): Promise<readonly OwnedEntry[]> {
  const packages = await Promise.all([...packageFiles].map(([name, file]) => readDeb(name, file)));
  const folders = ['/lib', '/usr/lib'].map((folder) => `${folder}/${architectures[arch].libraries}`);
  const programs = [...debianFiles.programs, ...nodeLibraries.map((name) => libraryPath(packages, name, folders))];
  const chosen = selectFiles(packages, { ...debianFiles, programs }, folders);
  const used = new Set(chosen.map(({ owner }) => owner));
  // As in images without dpkg (distroless), so that scanners see which versions there are.
  const status = packages
    .filter(({ name }) => used.has(name))
    .map(({ name, control }) => fileEntry(name, `var/lib/dpkg/status.d/${name}`, control));
  return [...chosen, ...status];
}

function libraryPath(packages: readonly DebianPackage[], name: string, folders: readonly string[]): string {
  const paths = new Set(packages.flatMap(({ entries }) => entries.map(({ path }) => `/${path}`)));
  const found = [...folders, '/lib64', '/lib'].map((folder) => `${folder}/${name}`).find((path) => paths.has(path));
  if (found === undefined) throw new Error(`${name}, which Node needs, is in no package of wanted.ts`);
  return found;
}

/** The selection out of the cache, where the very same code made it of the very same packages. */
async function keptSelection(
  lock: DebianLock,
  arch: Architecture,
  nodeLibraries: readonly string[],
): Promise<readonly OwnedEntry[]> {
  const kept = join(cacheDir(), 'debian', `selected-${digestOf(JSON.stringify([lock, arch, nodeLibraries]))}`);
  if (existsSync(kept)) {
    const owners: Readonly<Record<string, string>> = JSON.parse(await readFile(join(kept, 'owners.json'), 'utf8'));
    const entries = readTar(await readFile(join(kept, 'files.tar')));
    return entries.flatMap((entry) => {
      const owner = owners[entry.path];
      return owner === undefined ? [] : [{ owner, entry }];
    });
  }
  const files = await selectDebianFiles(await providePackages(lock, arch), arch, nodeLibraries);
  await using work = await makeWorkDir();
  const fresh = join(work.path, 'selected');
  await writeSelection(fresh, files);
  await moveIntoCache(fresh, kept);
  return files;
}

async function writeSelection(folder: string, files: readonly OwnedEntry[]): Promise<void> {
  await mkdir(folder);
  const entries = files.map(({ entry }) => entry);
  await writeFile(join(folder, 'files.tar'), Buffer.concat([...writeTar(entries, 0)]));
  const owners = Object.fromEntries(files.map(({ owner, entry }) => [entry.path, owner]));
  await writeFile(join(folder, 'owners.json'), JSON.stringify(owners));
}

function digestOf(text: string): string {
  const hash = createHash('sha256').update(text);
  for (const name of readdirSync(import.meta.dirname)
    .filter((each) => each.endsWith('.ts'))
    .sort())
    hash.update(readFileSync(join(import.meta.dirname, name)));
  return hash.digest('hex').slice(0, 16);
}
