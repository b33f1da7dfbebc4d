import { describe, expect, it } from 'vitest';
import { checkLayering, type Rule } from '../../../support/layering/check.ts';
import { graphOf } from '../../../support/layering/graph.ts';

const a = /^src\/a\//;
const b = /^src\/b\//;
const check = (rule: Rule, sources: Record<string, string>) => checkLayering(graphOf(sources), [rule]);

describe('checkLayering', () => {
  it('only-imports: refuses other folders, builtins and packages, and frees types where said', () => {
    const rule: Rule = { kind: 'only-imports', from: a, may: [a], mayTypes: [/^pkg$/], why: 'w' };
    const sources = {
      'src/a/x.ts':
        "import './y.ts';\nimport 'node:os';\nimport type { T } from '../b/z.ts';\nimport 'pkg';\nimport type { P } from 'pkg';",
      'src/b/z.ts': "import 'pkg'; import 'node:os';",
    };
    expect(check(rule, sources)).toEqual([
      'src/a/x.ts:2 imports node:os: w',
      'src/a/x.ts:3 imports src/b/z.ts: w',
      'src/a/x.ts:4 imports pkg: w',
    ]);
  });

  it('only-reaches: sees through files of the folder, not beyond, and says the way', () => {
    const rule: Rule = {
      kind: 'only-reaches',
      from: /^src\/a\/parse\.ts$/,
      within: a,
      may: [a, /^src\/c\//],
      why: 'w',
    };
    const sources = {
      'src/a/parse.ts': "import './help.ts'; import '../c/types.ts'",
      'src/c/types.ts': "import type { T } from 'pkg';",
      'src/a/help.ts': "import '../b/door.ts';",
      'src/a/exec.ts': "import '../b/door.ts';",
      'src/b/door.ts': "import 'node:child_process';",
    };
    expect(check(rule, sources)).toEqual(['src/a/parse.ts reaches src/a/help.ts → src/b/door.ts: w']);
  });

  it('only-imported-by: counts types unless it is about run time', () => {
    const sources = {
      'src/a/x.ts': "import type { T } from 'pkg';\nimport 'pkg';",
      'src/b/x.ts': "import 'pkg/deep.js';",
      'src/c.ts': "export * from 'pkg';",
    };
    const rule: Rule = { kind: 'only-imported-by', target: /^pkg$/, by: b, why: 'w' };
    expect(check(rule, sources)).toEqual([
      'src/a/x.ts:1 imports pkg: w',
      'src/a/x.ts:2 imports pkg: w',
      'src/c.ts:1 imports pkg: w',
    ]);
    expect(check({ ...rule, atRunTime: true }, sources)).toEqual([
      'src/a/x.ts:2 imports pkg: w',
      'src/c.ts:1 imports pkg: w',
    ]);
  });

  it('never-loads: finds what is loaded through others, and lets types be', () => {
    const rule: Rule = { kind: 'never-loads', from: a, target: /^@big\//, why: 'w' };
    const sources = {
      'src/a/main.ts':
        "import '../b/one.ts'; import type { T } from '@big/types'; import type { U } from '../b/two.ts';",
      'src/b/one.ts': "export { x } from './deep.ts';",
      'src/b/deep.ts': "const x = await import('@big/pkg');",
      'src/b/two.ts': "import '@big/other';",
    };
    expect(check(rule, sources)).toEqual(['src/a/main.ts → src/b/one.ts → src/b/deep.ts → @big/pkg is loaded: w']);
  });

  it('only-used-by: finds the globals', () => {
    const rule: Rule = { kind: 'only-used-by', globals: /^set/, by: b, why: 'w' };
    const sources = { 'src/a/x.ts': 'f();\nsetTimeout(f, 1);', 'src/b/x.ts': 'setTimeout(f, 1);' };
    expect(check(rule, sources)).toEqual(['src/a/x.ts:2 uses setTimeout: w']);
  });

  it('resolves: refuses missing files, missing endings, foreign packages and computed names', () => {
    const rule: Rule = { kind: 'resolves', packages: ['pino', '@scope/name'], why: 'w' };
    const good =
      "import './y.ts'; import 'pino'; import '@scope/name/deep.js'; import 'node:os'; import d from '../package.json'";
    expect(check(rule, { 'src/x.ts': good, 'src/y.ts': '' })).toEqual([]);
    const bad = "import './y'; import './z.ts'; import 'fs'; import 'pino-pretty'; import(name)";
    expect(check(rule, { 'src/x.ts': bad, 'src/y.ts': '' })).toEqual([
      'src/x.ts:1 imports (computed): w',
      'src/x.ts:1 imports fs: w',
      'src/x.ts:1 imports pino-pretty: w',
      'src/x.ts:1 imports src/y: w',
      'src/x.ts:1 imports src/z.ts: w',
    ]);
  });

  it('no-circles: says the circle', () => {
    const circle = check(
      { kind: 'no-circles', why: 'w' },
      { 'src/x.ts': "import './y.ts'", 'src/y.ts': "import './x.ts'" },
    );
    expect(circle).toEqual([
      expect.stringMatching(/^src\/(x|y)\.ts → src\/(x|y)\.ts → src\/(x|y)\.ts is a circle: w$/),
    ]);
  });
});
