import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it; nothing happens when it is there. Step by step: Node's own `recursive` (24.21) never ends where a folder
 * is there and takes none, as /proc.
 */
export async function makeFolder(path: string): Promise<void> {
  const first = await tryMake(path);
  if (first === undefined) return;
  if (first.code !== 'ENOENT' || dirname(path) === path) throw first;
  await makeFolder(dirname(path));
  const second = await tryMake(path);
  if (second !== undefined) throw second;
}

/** Names in a folder; undefined where it cannot be listed, for example because there is none. */
export async function listFolder(path: string): Promise<readonly string[] | undefined> {
  return await readdir(path).catch(() => undefined);
}

async function tryMake(path: string): Promise<NodeJS.ErrnoException | undefined> {
  try {
    await mkdir(path);
  } catch (error) {
    // Where it is there, a read-only file system answers EROFS, not EEXIST.
    return (await isFolder(path)) ? undefined : (error as NodeJS.ErrnoException);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (state) => state.isDirectory(),
    () => false,
  );
}

/** Makes a folder with nothing in it, whatever was there. */
export async function makeEmptyFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { recursive: true });
}

/** A new folder whose name begins with `prefix`; disposing removes it with all that is in it. */
export async function makeTemporaryFolder(prefix: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(prefix);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Removes a file; nothing happens when there is none. */
export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
