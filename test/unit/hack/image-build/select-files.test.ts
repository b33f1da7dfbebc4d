import { describe, expect, it } from 'vitest';
import { mergedPath, type PackageTree, selectFiles, type Wanted } from '../../../../hack/image-build/select-files.ts';
import type { TarEntry } from '../../../../hack/image-build/tar-read.ts';
import { elfFile } from '../../../support/elf.ts';

const folders = ['/usr/lib/x86_64-linux-gnu'];
const nothing: Wanted = { programs: [], files: [], folders: [] };

function file(path: string, data: Buffer | string = ''): TarEntry {
  return { path, kind: 'file', mode: 0o644, data: Buffer.from(data) };
}
function link(path: string, target: string): TarEntry {
  return { path, kind: 'symlink', mode: 0o777, data: Buffer.alloc(0), target };
}

/** With its licence, and with the folders that a package lists. */
function tree(name: string, ...entries: readonly TarEntry[]): PackageTree {
  const all = [...entries, file(`usr/share/doc/${name}/copyright`)];
  const above = new Set(
    all.flatMap(({ path }) => path.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))).filter(Boolean),
  );
  for (const { path } of entries) above.delete(path);
  const made = [...above].map((path): TarEntry => ({ path, kind: 'directory', mode: 0o755, data: Buffer.alloc(0) }));
  return { name, entries: [...made, ...all] };
}

const paths = (packages: readonly PackageTree[], wanted: Partial<Wanted>) =>
  selectFiles(packages, { ...nothing, ...wanted }, folders)
    .map(({ owner, entry }) => `${owner}: ${entry.path}`)
    .sort();

const libc = tree(
  'libc6',
  file('lib/x86_64-linux-gnu/libc.so.6', elfFile([])),
  file('lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', elfFile([])),
  link('lib64/ld-linux-x86-64.so.2', '/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
  file('usr/share/locale/de/libc.mo'),
);
const loader = '/lib64/ld-linux-x86-64.so.2';

describe('selectFiles', () => {
  it('takes a program, its loader, the libraries of its libraries, and licences; nothing else', () => {
    const one = tree(
      'libone1',
      link('usr/lib/x86_64-linux-gnu/libone.so.1', 'libone.so.1.2'),
      file('usr/lib/x86_64-linux-gnu/libone.so.1.2', elfFile(['libc.so.6'])),
      file('usr/lib/x86_64-linux-gnu/libother.so.1', elfFile([])),
    );
    const tool = tree('tool', file('sbin/tool', elfFile(['libone.so.1'], loader)), file('etc/init.d/tool'));
    expect(paths([tool, one, libc, tree('unused', file('bin/unused'))], { programs: ['/usr/sbin/tool'] })).toEqual([
      'libc6: usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
      'libc6: usr/lib/x86_64-linux-gnu/libc.so.6',
      'libc6: usr/lib64/ld-linux-x86-64.so.2',
      'libc6: usr/share/doc/libc6/copyright',
      'libone1: usr/lib/x86_64-linux-gnu/libone.so.1',
      'libone1: usr/lib/x86_64-linux-gnu/libone.so.1.2',
      'libone1: usr/share/doc/libone1/copyright',
      'tool: usr/sbin/tool',
      'tool: usr/share/doc/tool/copyright',
    ]);
  });

  it('follows a licence into another package, which then has one, too', () => {
    const base = tree('gcc-12-base');
    const gcc: PackageTree = {
      name: 'libgcc-s1',
      entries: [
        ...tree('x', file('lib/x86_64-linux-gnu/libgcc_s.so.1', elfFile([]))).entries.filter(
          ({ path }) => !path.includes('doc/x'),
        ),
        link('usr/share/doc/libgcc-s1', 'gcc-12-base'),
      ],
    };
    expect(paths([gcc, base], { files: ['/lib/x86_64-linux-gnu/libgcc_s.so.1'] })).toEqual([
      'gcc-12-base: usr/share/doc/gcc-12-base/copyright',
      'libgcc-s1: usr/lib/x86_64-linux-gnu/libgcc_s.so.1',
      'libgcc-s1: usr/share/doc/libgcc-s1',
    ]);
  });

  it('takes a folder with all that is in it', () => {
    const data = tree('data', file('etc/data/a'), file('etc/data/b/c'), file('etc/database'));
    expect(paths([data], { folders: ['/etc/data'] })).toEqual([
      'data: etc/data/a',
      'data: etc/data/b/c',
      'data: usr/share/doc/data/copyright',
    ]);
  });

  it('names what is missing, and for whom', () => {
    const tool = tree('tool', file('sbin/tool', elfFile(['libgone.so.1'])));
    expect(() => paths([tool], { programs: ['/sbin/tool'] })).toThrow(
      'libgone.so.1 is in no package (a library of usr/sbin/tool)',
    );
    expect(() => paths([tool], { files: ['/etc/nothing'] })).toThrow('/etc/nothing is in no package');
    expect(() => paths([tool], { folders: ['/etc/nothing'] })).toThrow('/etc/nothing is in no package');
  });

  it('refuses a file that two packages have, and links in a circle', () => {
    expect(() => paths([tree('a', file('bin/x')), tree('b', file('usr/bin/x'))], {})).toThrow('two packages: a and b');
    expect(() => paths([tree('a', link('etc/x', 'y'), link('etc/y', 'x'))], { files: ['/etc/x'] })).toThrow('circle');
  });
});

describe('mergedPath', () => {
  it.each([
    ['/bin/ip', 'usr/bin/ip'],
    ['lib64', 'usr/lib64'],
    ['/library/x', 'library/x'],
    ['/usr/bin/ip', 'usr/bin/ip'],
  ])('makes %s %s', (path, merged) => {
    expect(mergedPath(path)).toBe(merged);
  });
});
