import { inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  readonly name: string;
  readonly data: Buffer;
}

const endOfDirectory = 0x06054b50;
const directoryHeader = 0x02014b50;
const stored = 0;
const deflated = 8;

/**
 * The files of a zip archive (PKWARE APPNOTE 6.3, stored and deflated entries, no zip64, no encryption: what the Go module
 * mirror serves). Throws on anything else.
 */
export function readZip(archive: Buffer): readonly ZipEntry[] {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== endOfDirectory) throw new Error('not a zip archive: no end record');
  const count = archive.readUInt16LE(end + 10);
  const entries: ZipEntry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    if (archive.readUInt32LE(at) !== directoryHeader) throw new Error(`zip: no directory entry at byte ${at}`);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (!name.endsWith('/')) entries.push({ name, data: readData(archive, at, name) });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function readData(archive: Buffer, header: number, name: string): Buffer {
  const method = archive.readUInt16LE(header + 10);
  const compressedSize = archive.readUInt32LE(header + 20);
  const size = archive.readUInt32LE(header + 24);
  const local = archive.readUInt32LE(header + 42);
  // The local header has a name and extra field of its own lengths.
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const raw = archive.subarray(start, start + compressedSize);
  if (method !== stored && method !== deflated) throw new Error(`zip: ${name}: unknown method ${method}`);
  const data = method === deflated ? inflateRawSync(raw) : raw;
  if (data.length !== size) throw new Error(`zip: ${name}: ${data.length} bytes instead of ${size}`);
  return data;
}
