import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkLayering } from '../support/layering/check.ts';
import { graphOf } from '../support/layering/graph.ts';
import { layeringRules } from '../support/layering/rules.ts';
import { checkMirror, checkReadmes, type MirrorException } from '../support/layering/tree.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const paths = (pattern: string) =>
  globSync(pattern, { cwd: root, exclude: (name) => name === 'node_modules' })
    .map((path) => path.replaceAll('\\', '/'))
    .sort();
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');
const readAll = (list: readonly string[]) => Object.fromEntries(list.map((path) => [path, read(path)]));

const sources = paths('src/**/*.ts');
const conformance = paths('conformance/**/*.ts');
const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };

/** Tests of something else than one file. */
const mirrorExceptions: readonly MirrorException[] = [
  { test: /^test\/unit\/layering\.test\.ts$/, why: 'the whole tree' },
  { test: /^test\/unit\/docs\.test\.ts$/, why: 'the pages of docs' },
  {
    test: /^test\/unit\/api\/(gen|render-types)\.test\.ts$/,
    why: 'the generated types of src/api/gen, and their generator',
  },
  {
    test: /^test\/unit\/dataplane\/[a-z]+\/fake-[a-z]+\.test\.ts$/,
    why: 'the fakes of the executors, in test/support',
  },
  { test: /^test\/unit\/conformance\/mutants-[a-z]+\.test\.ts$/, why: 'the folders of conformance/mutants' },
  {
    test: /^test\/unit\/(conntrackd|keepalived)-config\/(round-trip|hostile)\.test\.ts$/,
    why: 'render and parse together',
  },
];

describe('the tree', () => {
  it('is found', () => {
    expect(sources).toContain('src/net/ip.ts');
    expect(sources.length).toBeGreaterThan(50);
  });

  it('keeps the layers', () => {
    expect(
      checkLayering(graphOf(readAll([...sources, ...conformance])), layeringRules(Object.keys(dependencies))),
    ).toEqual([]);
  });

  it('explains every folder in a short README', () => {
    expect(checkReadmes(sources, readAll(paths('src/**/README.md')))).toEqual([]);
  });

  it('has a file for every unit test', () => {
    const files = [...sources, ...conformance, ...paths('test/{bench,support}/**/*.ts'), ...paths('hack/**/*.ts')];
    expect(checkMirror(paths('test/unit/**/*.test.ts'), files, mirrorExceptions)).toEqual([]);
  });
});
