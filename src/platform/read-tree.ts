import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { text as readAll } from 'node:stream/consumers';
import { readTextIfExists } from './files.ts';

/** A file and what is in it; "stdin" is standard input. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
}

/**
 * The texts of files, of "-", and of all files below folders whose names have one of the endings (as ".yaml"), in the order of names; hidden
 * files and folders are left out. Rejects with a sentence for the first path that is not there, may not be read or is larger than 16 MiB,
 * and with the signal's reason where standard input has not ended before.
 */
export async function readTree(
  paths: readonly string[],
  endings: readonly string[],
  signal?: AbortSignal,
): Promise<readonly TextFile[]> {
  const texts: TextFile[] = [];
  for (const path of paths) {
    if (path === '-') {
      texts.push({ file: 'stdin', text: await readStdin(signal) });
      continue;
    }
    for (const file of await filesBelow(path, endings)) texts.push({ file, text: await readFile(file) });
  }
  return texts;
}

async function readStdin(signal: AbortSignal | undefined): Promise<string> {
  try {
    return await readAll(signal === undefined ? process.stdin : addAbortSignal(signal, process.stdin));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function filesBelow(path: string, endings: readonly string[]): Promise<readonly string[]> {
  const state = await stat(path).catch((error: unknown) => refuse(path, error));
  if (!state.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => refuse(path, error));
  const names = entries
    .filter((entry) => !entry.name.startsWith('.'))
    .filter((entry) => entry.isDirectory() || endings.some((ending) => entry.name.endsWith(ending)))
    .map(({ name }) => name)
    .sort();
  return (await Promise.all(names.map((name) => filesBelow(join(path, name), endings)))).flat();
}

async function readFile(file: string): Promise<string> {
  const text = await readTextIfExists(file).catch((error: unknown) => refuse(file, error));
  if (text === undefined) throw new Error(`${file} is gone`);
  return text;
}

const words: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  EACCES: 'you may not read it',
  ELOOP: 'its symbolic links lead in a circle',
};

function refuse(path: string, error: unknown): never {
  const { code = '', message } = error as NodeJS.ErrnoException;
  throw new Error(`${path}: ${words[code] ?? message}`, { cause: error });
}
