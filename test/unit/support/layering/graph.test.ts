import { describe, expect, it } from 'vitest';
import { findCircles, graphOf, reachableFrom } from '../../../support/layering/graph.ts';

const graph = graphOf({
  'src/a/a.ts':
    "import { b } from '../b/b.ts'; import 'pino/file.js'; import '@scope/name/deep/x.js'; import 'node:fs/promises';",
  'src/b/b.ts': "import type { C } from './c.ts';",
  'src/b/c.ts': 'await import(name)',
});

describe('graphOf', () => {
  it('resolves files, packages and builtins', () => {
    const targets = [...graph.values()].map(({ path, edges }) => [path, edges.map(({ target }) => target)]);
    expect(Object.fromEntries(targets)).toEqual({
      'src/a/a.ts': ['src/b/b.ts', 'pino', '@scope/name', 'node:fs/promises'],
      'src/b/b.ts': ['src/b/c.ts'],
      'src/b/c.ts': ['(computed)'],
    });
  });
});

describe('reachableFrom', () => {
  it('says the way, and follows only what it is told to', () => {
    expect(reachableFrom(graph, 'src/a/a.ts', () => true).get('(computed)')).toEqual([
      'src/a/a.ts',
      'src/b/b.ts',
      'src/b/c.ts',
      '(computed)',
    ]);
    expect(reachableFrom(graph, 'src/a/a.ts', ({ typeOnly }) => !typeOnly).has('src/b/c.ts')).toBe(false);
  });
});

describe('findCircles', () => {
  const sources = (arrows: Record<string, string[]>) =>
    graphOf(
      Object.fromEntries(
        Object.entries(arrows).map(([from, to]) => [
          `src/${from}.ts`,
          to.map((name) => `import './${name}.ts';`).join('\n'),
        ]),
      ),
    );

  it('finds none in a diamond', () => {
    expect(findCircles(sources({ a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }))).toEqual([]);
  });

  it('finds each circle once, and a file that imports itself', () => {
    const circles = findCircles(sources({ z: ['a'], a: ['b'], b: ['c'], c: ['a', 'd'], d: ['d'], e: [] }));
    expect(circles.map((circle) => circle.toSorted())).toEqual([['src/a.ts', 'src/b.ts', 'src/c.ts'], ['src/d.ts']]);
  });

  it('counts type-only imports, too', () => {
    const types = graphOf({
      'src/a.ts': "import type { B } from './b.ts'",
      'src/b.ts': "import type { A } from './a.ts'",
    });
    expect(findCircles(types)).toHaveLength(1);
  });
});
