import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainPath, readTar, type TarEntry } from '../../../../hack/image-build/tar-read.ts';
import { writeTar } from '../../../../hack/image-build/tar-write.ts';

const segment = fc.stringMatching(/^[A-Za-z0-9ü+_-]{1,60}$/);
const path = fc.array(segment, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const entry = fc.oneof(
  fc.record({ path, kind: fc.constant('file' as const), mode: fc.constantFrom(0o644, 0o755), data: bytes() }),
  fc.record({ path, kind: fc.constant('directory' as const), mode: fc.constantFrom(0o755, 0o1777), data: empty() }),
  fc.record({ path, kind: fc.constant('symlink' as const), mode: fc.constant(0o777), data: empty(), target: path }),
);
// No file is above another.
const entries = fc
  .uniqueArray(entry, { selector: (each) => each.path })
  .map((all) =>
    all.filter((each) => each.kind === 'directory' || !all.some((other) => isBelow(other.path, each.path))),
  );

function bytes() {
  return fc.uint8Array({ maxLength: 1500 }).map((data) => Buffer.from(data));
}
function empty() {
  return fc.constant(Buffer.alloc(0));
}
const isBelow = (path: string, folder: string) => path.startsWith(`${folder}/`);
const archive = (all: readonly TarEntry[]) => Buffer.concat([...writeTar(all, 1_700_000_000)]);

describe('writeTar and readTar', () => {
  it('give back what was written, sorted, with the folders above', () => {
    fc.assert(
      fc.property(entries, (all) => {
        const read = readTar(archive(all));
        for (const each of all) expect(read.find(({ path }) => path === each.path)).toEqual(each);
        const paths = read.map(({ path }) => path);
        expect(paths).toEqual(paths.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
        for (const { path } of read.filter((each) => !all.some((known) => known.path === each.path)))
          expect(all.some((each) => isBelow(each.path, path))).toBe(true);
      }),
    );
  });

  it('write the same bytes whatever the order', () => {
    fc.assert(
      fc.property(entries, (all) => {
        expect(archive(all.toReversed())).toEqual(archive(all));
      }),
    );
  });

  it('refuse a path that comes twice, and one below a file', () => {
    const file = (path: string): TarEntry => ({ path, kind: 'file', mode: 0o644, data: Buffer.alloc(0) });
    expect(() => archive([file('a'), file('a')])).toThrow('twice');
    expect(() => archive([file('a'), file('a/b')])).toThrow('no folder');
  });

  it('read hard links as files of their own', () => {
    const data = Buffer.from('text');
    const pieces = writeTar([{ path: 'a', kind: 'file', mode: 0o644, data }], 0);
    const [header = Buffer.alloc(512)] = writeTar(
      [{ path: 'b', kind: 'symlink', mode: 0o644, data: Buffer.alloc(0), target: './a' }],
      0,
    );
    header.write('1', 156);
    header.fill(' ', 148, 156);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    const found = readTar(Buffer.concat([...pieces.slice(0, -1), header, Buffer.alloc(1024)]));
    expect(found.map(({ path, kind }) => [path, kind])).toEqual([
      ['a', 'file'],
      ['b', 'file'],
    ]);
    expect(found[1]?.data).toEqual(data);
  });

  it('say that an archive is damaged or cut off', () => {
    const whole = archive([{ path: 'a', kind: 'file', mode: 0o644, data: Buffer.alloc(600, 1) }]);
    const damaged = Buffer.from(whole);
    damaged[0] = 98;
    expect(() => readTar(damaged)).toThrow('damaged');
    expect(() => readTar(whole.subarray(0, 1000))).toThrow('cut off');
  });
});

describe('plainPath', () => {
  it.each([
    ['./usr//bin/', 'usr/bin'],
    ['/usr', 'usr'],
    ['.', ''],
  ])('makes %s %s', (given, plain) => {
    expect(plainPath(given)).toBe(plain);
  });

  it('refuses what leads out', () => {
    expect(() => plainPath('usr/../../etc/passwd')).toThrow('leads out');
  });
});
