import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An npm package of which something is in the bundle. */
export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression, as its package.json says; NOASSERTION where that says nothing. */
  readonly license: string;
  /** The texts of its licence, by file name. */
  readonly texts: ReadonlyMap<string, Buffer>;
}

/**
 * Pure: the folders below node_modules, as package-lock.json names them (`node_modules/a/node_modules/b`), that the inputs of a bundle
 * come from, sorted. Our own workspaces are not below it: npm links them.
 */
export function packageFolders(inputs: Iterable<string>): readonly string[] {
  const folders = [...inputs].flatMap((input) => {
    const inside = /(?:^|\/)(node_modules\/.*)$/.exec(input)?.[1] ?? '';
    return /^(?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+/.exec(inside)?.[0].slice(0, -1) ?? [];
  });
  return [...new Set(folders)].sort();
}

interface LockFile {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly license?: string }>>;
}

/** The packages in those folders with the versions of the lock file; throws where a folder is not in it. */
export function readNpmPackages(root: string, folders: readonly string[]): readonly NpmPackage[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;
  return folders.map((folder) => {
    const locked = lock.packages[folder];
    if (locked?.version === undefined) throw new Error(`${folder} is in the bundle, and not in package-lock.json`);
    const own: { readonly name: string; readonly license?: string } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    );
    const names = readdirSync(join(root, folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
    return {
      name: own.name,
      version: locked.version,
      license: locked.license ?? own.license ?? 'NOASSERTION',
      texts: new Map(names.sort().map((name) => [name, readFileSync(join(root, folder, name))])),
    };
  });
}
