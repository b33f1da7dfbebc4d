import type { TarEntry } from './tar-read.ts';

const block = 512;

/**
 * A tar archive (POSIX.1-2001 ustar, pax records for long names) of the entries and the folders above them, sorted by path, all of
 * root, all of the same time (seconds since 1970): the same entries are the same bytes. Answers pieces, to be written one after the other.
 */
export function writeTar(entries: readonly TarEntry[], seconds: number): readonly Buffer[] {
  const pieces = withFolders(entries).flatMap((entry) => piecesOf(entry, seconds));
  return [...pieces, Buffer.alloc(2 * block)];
}

// A layer that lacks a folder's own entry leaves its permissions to whoever unpacks it.
function withFolders(entries: readonly TarEntry[]): readonly TarEntry[] {
  const all = new Map(entries.map((entry) => [entry.path, entry]));
  if (all.size !== entries.length) throw new Error('tar: a path comes twice');
  for (const { path } of entries) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/');
      const above = all.get(folder);
      if (above === undefined) all.set(folder, { path: folder, kind: 'directory', mode: 0o755, data: Buffer.alloc(0) });
      else if (above.kind !== 'directory') throw new Error(`tar: ${path} is below ${folder}, which is no folder`);
    }
  }
  return [...all.values()].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

const types = { file: '0', directory: '5', symlink: '2' } as const;

function piecesOf(entry: TarEntry, seconds: number): readonly Buffer[] {
  const name = entry.kind === 'directory' ? `${entry.path}/` : entry.path;
  const records = [
    ...(Buffer.byteLength(name) > 100 ? [paxRecord('path', name)] : []),
    ...(Buffer.byteLength(entry.target ?? '') > 100 ? [paxRecord('linkpath', entry.target ?? '')] : []),
  ].join('');
  const pax = Buffer.from(records);
  const long =
    records === ''
      ? []
      : [header({ name: 'pax', type: 'x', mode: 0o644, size: pax.length, target: '', seconds }), ...padded(pax)];
  const own = { name, type: types[entry.kind], mode: entry.mode, size: entry.data.length, target: entry.target ?? '' };
  return [...long, header({ ...own, seconds }), ...padded(entry.data)];
}

function padded(data: Buffer): readonly Buffer[] {
  const rest = data.length % block;
  return [...(data.length === 0 ? [] : [data]), ...(rest === 0 ? [] : [Buffer.alloc(block - rest)])];
}

// The length counts itself.
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + 1;
  while (`${length}`.length + rest !== length) length = `${length}`.length + rest;
  return `${length} ${key}=${value}\n`;
}

interface Header {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly size: number;
  readonly target: string;
  readonly seconds: number;
}

function header({ name, type, mode, size, target, seconds }: Header): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  // `write` leaves out what does not fit: pax has the whole.
  bytes.write(name, 0, 100);
  bytes.write(octal(mode, 7), 100);
  bytes.write(octal(0, 7), 108);
  bytes.write(octal(0, 7), 116);
  bytes.write(octal(size, 11), 124);
  bytes.write(octal(seconds, 11), 136);
  bytes.fill(' ', 148, 156);
  bytes.write(type, 156);
  bytes.write(target, 157, 100);
  bytes.write('ustar\0' + '00', 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 6)}\0 `, 148);
  return bytes;
}
