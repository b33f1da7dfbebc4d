import { describe, expect, it } from 'vitest';
import { checkMirror, checkReadmes } from '../../../support/layering/tree.ts';

describe('checkReadmes', () => {
  const short = '# x\n';

  it('wants one in every folder and its parents, but gen', () => {
    const sources = ['src/net/ip.ts', 'src/api/gen/x.ts', 'src/api/names.ts', 'src/dataplane/nft/parse.ts'];
    const readmes = { 'src/net/README.md': short, 'src/dataplane/nft/README.md': short };
    expect(checkReadmes(sources, readmes)).toEqual(['src/api has no README.md', 'src/dataplane has no README.md']);
  });

  it('wants it short', () => {
    const of = (lines: number) => checkReadmes(['src/net/ip.ts'], { 'src/net/README.md': 'line\n'.repeat(lines) });
    expect(of(30)).toEqual([]);
    expect(of(31)).toEqual(['src/net/README.md has 31 lines, more than 30']);
  });
});

describe('checkMirror', () => {
  const files = ['src/net/ip.ts', 'src/keepalived-config/src/parse.ts', 'test/support/netns.ts', 'hack/lab/paths.ts'];
  const tests = [
    'test/unit/net/ip.test.ts',
    'test/unit/net/ip.property.test.ts',
    'test/unit/keepalived-config/parse.test.ts',
    'test/unit/support/netns.test.ts',
    'test/unit/hack/lab/paths.test.ts',
  ];

  it('finds the file of every test', () => {
    expect(checkMirror(tests, files, [])).toEqual([]);
  });

  it('names tests that stand for no file', () => {
    expect(checkMirror(['test/unit/net/old.test.ts'], files, [])).toEqual([
      'test/unit/net/old.test.ts mirrors src/net/old.ts, which does not exist',
    ]);
  });

  it('knows exceptions, and names those that are of no use any more', () => {
    const exceptions = [
      { test: /layering/, why: 'whole tree' },
      { test: /gone/, why: 'was something' },
    ];
    expect(checkMirror(['test/unit/layering.test.ts'], files, exceptions)).toEqual([
      'the exception /gone/ (was something) stands for no test',
    ]);
  });
});
