import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, makeWorkDir, moveIntoCache } from '../controlplane/cache.ts';
import { output } from './deb.ts';
import type { OwnedEntry } from './select-files.ts';
import { writeTar } from './tar-write.ts';

/** A package as the SBOM tells of it. */
export interface ImagePackage {
  readonly name: string;
  readonly version: string;
  readonly kind: 'debian' | 'node' | 'npm' | 'sallyport';
  readonly license: string;
  /** Of Debian's: source package and version. */
  readonly source?: string;
  /** Who is in its files without files of its own: an npm package is in the bundle. */
  readonly containedIn?: string;
}

/** The content of a layer, each file with the name of the package that it belongs to. */
export interface LayerContent {
  readonly title: string;
  readonly files: readonly OwnedEntry[];
  readonly packages: readonly ImagePackage[];
  /** Time of all files, seconds since 1970. */
  readonly seconds: number;
}

/** A layer as the image has it. */
export interface Layer {
  readonly title: string;
  /** SHA-256 (hex) of the uncompressed archive. */
  readonly diffId: string;
  /** SHA-256 (hex) and bytes of the file, which is compressed by gzip. */
  readonly digest: string;
  readonly size: number;
  readonly file: string;
  readonly uncompressed: number;
}

/**
 * Writes a layer's archive and compresses it by `gzip --no-name`, whose output is the same on every machine (Node's own zlib chooses by
 * processor). Out of the cache where the very same archive was compressed before.
 */
export async function makeLayer({ title, files, seconds }: LayerContent): Promise<Layer> {
  const pieces = writeTar(
    files.map(({ entry }) => entry),
    seconds,
  );
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  const diffId = hash.digest('hex');
  const uncompressed = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const file = join(cacheDir(), 'layers', `${diffId}.tar.gz`);
  if (!existsSync(file)) {
    await using work = await makeWorkDir();
    const fresh = join(work.path, 'layer.tar.gz');
    await writeFile(fresh, await output(['gzip', '--no-name', '-6', '--stdout'], pieces));
    await moveIntoCache(fresh, file);
  }
  const bytes = await readFile(file);
  return {
    ...{ title, diffId, file, uncompressed, size: bytes.length },
    digest: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** A regular file of an owner. */
export function fileEntry(owner: string, path: string, data: Buffer | string, mode = 0o644): OwnedEntry {
  return { owner, entry: { path, kind: 'file', mode, data: Buffer.from(data) } };
}

/** A file of this machine as one of an owner. */
export function copiedFile(owner: string, path: string, from: string, mode = 0o644): OwnedEntry {
  return { owner, entry: { path, kind: 'file', mode, data: readFileSync(from) } };
}

/** A link or a folder of an owner. */
export function linkEntry(owner: string, path: string, target: string): OwnedEntry {
  return { owner, entry: { path, kind: 'symlink', mode: 0o777, data: Buffer.alloc(0), target } };
}
export function folderEntry(owner: string, path: string, mode = 0o755): OwnedEntry {
  return { owner, entry: { path, kind: 'directory', mode, data: Buffer.alloc(0) } };
}
