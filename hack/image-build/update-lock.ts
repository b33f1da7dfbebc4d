import { writeFileSync } from 'node:fs';
import { providePackages, resolvePackages } from './apt.ts';
import { selectDebianFiles } from './debian-layer.ts';
import { debianLockFile, type LockedPackage, renderDebianLock } from './debian-lock.ts';
import { nodeLayer } from './node-layer.ts';
import { type Architecture, debianPackages } from './wanted.ts';

/** Debian 12: what the programs' versions are known from. */
const suite = 'bookworm';

/** Pins in `file` the packages that the mirrors have now, and of which something is in the image; answers how many, and the day. */
export async function updateDebianLock(
  file = debianLockFile,
): Promise<{ readonly count: number; readonly date: string }> {
  const date = new Date().toISOString().slice(0, 10);
  const packages = { amd64: await usedPackages('amd64', date), arm64: await usedPackages('arm64', date) };
  writeFileSync(file, renderDebianLock({ suite, date, packages }));
  return { count: packages.amd64.length, date };
}

async function usedPackages(arch: Architecture, date: string): Promise<LockedPackage[]> {
  const all = await resolvePackages(suite, arch, debianPackages);
  const files = await providePackages({ suite, date, packages: { amd64: [], arm64: [], [arch]: all } }, arch);
  const selected = await selectDebianFiles(files, arch, (await nodeLayer(arch, 0)).libraries);
  const used = new Set(selected.map(({ owner }) => owner));
  return all.filter(({ name }) => used.has(name));
}
