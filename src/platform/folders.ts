import { mkdir, mkdtemp, rm } from 'node:fs/promises';

/** Makes a folder and those above it; nothing happens when it is there. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
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
