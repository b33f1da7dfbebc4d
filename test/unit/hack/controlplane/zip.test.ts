import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashModule } from '../../../../hack/controlplane/module-hash.ts';
import { readZip, type ZipEntry } from '../../../../hack/controlplane/zip.ts';

/** A zip archive written by the book, every second entry deflated; local headers carry an extra field, as many writers' do. */
function writeZip(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [i, { name, data }] of entries.entries()) {
    const method = i % 2 === 0 ? 8 : 0;
    const body = method === 8 ? deflateRawSync(data) : data;
    const bytes = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(bytes.length, 26);
    local.writeUInt16LE(4, 28);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(method, 10);
    header.writeUInt32LE(body.length, 20);
    header.writeUInt32LE(data.length, 24);
    header.writeUInt16LE(bytes.length, 28);
    header.writeUInt32LE(offset, 42);
    parts.push(local, bytes, Buffer.alloc(4), body);
    directory.push(header, bytes);
    offset += 34 + bytes.length + body.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, ...directory, end]);
}

const entryArbitrary = fc.record({
  name: fc
    .string({ minLength: 1, unit: fc.constantFrom('a', 'b', 'ü', '/', '.', '@') })
    .filter((name) => !name.endsWith('/')),
  data: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

describe('readZip', () => {
  it('reads what was written', () => {
    fc.assert(
      fc.property(fc.array(entryArbitrary, { maxLength: 6 }), (entries) => {
        expect(readZip(writeZip(entries))).toEqual(entries);
      }),
    );
  });

  it('refuses what is no archive, and one whose sizes lie', () => {
    expect(() => readZip(Buffer.from('<html>not found</html>'))).toThrow('not a zip archive');
    const archive = writeZip([{ name: 'a', data: Buffer.from('hello') }]);
    archive.writeUInt32LE(6, archive.length - 22 - 1 - 46 + 24);
    expect(() => readZip(archive)).toThrow('5 bytes instead of 6');
  });
});

describe('hashModule', () => {
  it('is the h1 hash of dirhash: over sorted lines of digest and name', () => {
    // Computed with: printf '%s  %s\n' $(printf x | sha256sum | cut -d' ' -f1) m@v1/a … | sha256sum | xxd -r -p | base64
    const a = { name: 'm@v1/a', data: Buffer.from('x') };
    const b = { name: 'm@v1/b', data: Buffer.from('') };
    expect(hashModule([b, a])).toBe(hashModule([a, b]));
    expect(hashModule([a, b])).toBe('h1:ssxPV9cfetQVw7TuC4mcwbNzySNQbzg4OT820X1Vl8o=');
    expect(hashModule([a])).not.toBe(hashModule([a, b]));
  });
});
