/** What an image is made of, in memory. Paths have no `/` at either end; owner and group are root's. */
export interface TarEntry {
  readonly path: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  /** Permission bits. */
  readonly mode: number;
  /** A file's content; empty for others. */
  readonly data: Buffer;
  /** Where a symlink leads, as it is written in it. */
  readonly target?: string;
}

const block = 512;

/**
 * The entries of a tar archive as GNU tar and dpkg-deb write it (POSIX.1-2001 ustar, GNU long names, pax `path` and `linkpath`);
 * hard links become files of their own. Throws on devices, and on what is damaged.
 */
export function readTar(archive: Buffer): readonly TarEntry[] {
  const entries = new Map<string, TarEntry>();
  let long: { readonly path?: string; readonly target?: string } = {};
  for (let at = 0; at + block <= archive.length && archive[at] !== 0; ) {
    const header = archive.subarray(at, at + block);
    checkSum(header, at);
    const size = octal(header, 124, 12);
    const data = archive.subarray(at + block, at + block + size);
    if (data.length < size) throw new Error(`tar: the entry at byte ${at} is cut off`);
    at += block + Math.ceil(size / block) * block;
    const type = String.fromCharCode(header[156] ?? 0);
    const more = longNames(type, data);
    if (more !== undefined) {
      long = { ...long, ...more };
      continue;
    }
    const entry = entryOf(header, type, { long, data, known: entries });
    long = {};
    if (entry !== undefined) entries.set(entry.path, entry);
  }
  return [...entries.values()];
}

function longNames(type: string, data: Buffer): { readonly path?: string; readonly target?: string } | undefined {
  if (type === 'L') return { path: text(data) };
  if (type === 'K') return { target: text(data) };
  if (type === 'g') return {};
  if (type !== 'x') return undefined;
  const records = new Map<string, string>();
  for (let at = 0; at < data.length; ) {
    const length = Number.parseInt(data.toString('utf8', at, at + 20), 10);
    const [, key = '', value = ''] = /^\d+ ([^=]+)=(.*)\n$/s.exec(data.toString('utf8', at, at + length)) ?? [];
    if (!(length > 0) || key === '') throw new Error('tar: a pax record is damaged');
    records.set(key, value);
    at += length;
  }
  const path = records.get('path');
  const target = records.get('linkpath');
  return { ...(path === undefined ? {} : { path }), ...(target === undefined ? {} : { target }) };
}

interface EntryContext {
  readonly long: { readonly path?: string; readonly target?: string };
  readonly data: Buffer;
  readonly known: ReadonlyMap<string, TarEntry>;
}

function entryOf(header: Buffer, type: string, { long, data, known }: EntryContext): TarEntry | undefined {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? text(header.subarray(345, 500)) : '';
  const name = text(header.subarray(0, 100));
  const path = plainPath(long.path ?? (prefix === '' ? name : `${prefix}/${name}`));
  if (path === '') return undefined;
  const mode = octal(header, 100, 8) & 0o7777;
  const target = long.target ?? text(header.subarray(157, 257));
  const nothing = Buffer.alloc(0);
  switch (type) {
    case '0':
    case '\0':
      return { path, kind: 'file', mode, data };
    case '5':
      return { path, kind: 'directory', mode, data: nothing };
    case '2':
      return { path, kind: 'symlink', mode, data: nothing, target };
    case '1': {
      const linked = known.get(plainPath(target));
      if (linked?.kind !== 'file') throw new Error(`tar: ${path} is a hard link to ${target}, which is not there`);
      return { ...linked, path };
    }
    default:
      throw new Error(`tar: ${path} is neither a file nor a folder nor a link (type ${JSON.stringify(type)})`);
  }
}

/** `./usr//bin/` → `usr/bin`; throws when it leads out of the archive. */
export function plainPath(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new Error(`tar: the path ${path} leads out of the archive`);
  return parts.join('/');
}

function checkSum(header: Buffer, at: number): void {
  let sum = 0;
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 0x20 : (header[i] ?? 0);
  if (sum !== octal(header, 148, 8)) throw new Error(`tar: the header at byte ${at} is damaged`);
}

// GNU writes what is too big for octal digits as a number with the highest bit set.
function octal(header: Buffer, at: number, length: number): number {
  if (((header[at] ?? 0) & 0x80) !== 0) return header.readUIntBE(at + length - 6, 6);
  const digits = text(header.subarray(at, at + length)).trim();
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}
