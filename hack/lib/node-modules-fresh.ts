// Exits 0 when node_modules is what package-lock.json says, else names the first difference and exits 1.
// npm leaves the tree it installed in node_modules/.package-lock.json: comparing the two costs milliseconds, `npm ls` seconds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly link?: boolean;
}

/** The packages of a lock file by their folder; empty when the file is missing or not a lock file. */
function readPackages(path: string): ReadonlyMap<string, LockedPackage> {
  try {
    const lock: { packages?: Record<string, LockedPackage> } = JSON.parse(readFileSync(path, 'utf8'));
    return new Map(Object.entries(lock.packages ?? {}));
  } catch {
    return new Map();
  }
}

/** The first package that is missing or another one than locked; undefined when all is there. */
function findStale(
  locked: ReadonlyMap<string, LockedPackage>,
  installed: ReadonlyMap<string, LockedPackage>,
): string | undefined {
  for (const [folder, wanted] of locked) {
    if (!folder.includes('node_modules/') || wanted.link) continue;
    const found = installed.get(folder);
    if (found === undefined && wanted.optional) continue;
    if (found?.version !== wanted.version || found?.integrity !== wanted.integrity) return folder;
  }
  return undefined;
}

const root = process.argv[2] ?? '.';
const locked = readPackages(join(root, 'package-lock.json'));
const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
const stale = installed.size === 0 ? 'node_modules' : findStale(locked, installed);
if (stale !== undefined) {
  console.error(`${stale} is missing or not the version of package-lock.json`);
  process.exitCode = 1;
}
