import { randomBytes } from 'node:crypto';
import { statSync, watch } from 'node:fs';
import { lstat, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

const defaultMaxBytes = 16 * 1024 * 1024;
const settleMs = 10;

/** Replaces a file so that readers, and a machine that loses power, see the old or the new text and nothing between. */
export async function writeFileAtomic(
  path: string,
  text: string,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const mode = options.mode ?? 0o644;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.chmod(mode); // the umask was taken from the mode above
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw new Error(`${path} not written: ${explain(error)}`, { cause: error });
  }
  await syncFolder(folder);
}

/** As writeFileAtomic; but where there is no room for a new file, one of the same length is overwritten, which takes none. For texts that are never read half written. */
export async function writeInPlaceIfFull(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(path, text);
  } catch (error) {
    await overwriteFile(path, text).catch(() => {
      throw error;
    });
  }
}

async function overwriteFile(path: string, text: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    if (size !== Buffer.byteLength(text)) throw new RangeError(`${path} has ${size} bytes, not those of the new text`);
    await file.write(text, 0);
  } finally {
    await file.close();
  }
}

/** A file's text, undefined if there is none; throws when it is larger than `maxBytes` (default 16 MiB). Reads /proc and /sys too. */
export async function readTextIfExists(path: string, maxBytes: number = defaultMaxBytes): Promise<string | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    // The size is no guide: files of /proc say 0, and others may grow while being read.
    const chunks: Buffer[] = [];
    let total = 0;
    for await (const chunk of file.createReadStream({ autoClose: false, end: maxBytes })) {
      chunks.push(chunk);
      total += chunk.length;
    }
    if (total > maxBytes) throw new RangeError(`${path} is larger than ${maxBytes} bytes`);
    return Buffer.concat(chunks).toString();
  } finally {
    await file.close();
  }
}

/**
 * Calls `onChange` within about 10 ms after the file was written, replaced, removed or re-pointed (ConfigMap volumes).
 * Watching has begun when this returns; the promise resolves on abort and rejects when watching fails. The folder must exist.
 */
export function watchFile(path: string, options: { readonly signal: AbortSignal; onChange(): void }): Promise<void> {
  const { signal, onChange } = options;
  if (signal.aborted) return Promise.resolve();
  const name = basename(path);
  // The folder, not the file: a watch on a file stays with the inode that a rename throws away.
  const watcher = watch(dirname(path));
  let seen = identity(path);
  let named = false;
  let timer: NodeJS.Timeout | undefined;
  return new Promise((resolve, reject) => {
    const look = () => {
      timer = undefined;
      const now = identity(path);
      const changed = named || now !== seen;
      seen = now;
      named = false;
      if (changed) onChange();
    };
    watcher.on('change', (_event, changedName) => {
      // Timestamps are too coarse to tell two writes apart, so the file's own name counts without looking.
      named ||= changedName === name;
      timer ??= setTimeout(look, settleMs);
    });
    watcher.once('error', reject);
    watcher.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    signal.addEventListener('abort', () => watcher.close(), { once: true });
  });
}

/** Removes the socket that a killed server left behind, so that the next one can bind; leaves every other kind of file alone. */
export async function removeStaleSocket(path: string): Promise<void> {
  const stat = await lstat(path).catch(() => undefined);
  if (stat?.isSocket()) await unlink(path);
}

function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const isFull = error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOSPC';
  return isFull ? `${text}; make room in the file system of that folder` : text;
}

function identity(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(':');
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
