// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the sources under test are templates
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { scanSource } from '../../../support/layering/scan-source.ts';

const imports = (source: string) =>
  scanSource(source).imports.map(({ specifier, typeOnly }) => `${typeOnly ? 'type ' : ''}${specifier ?? '?'}`);
const globals = (source: string) => scanSource(source).globals.map(({ name }) => name);

describe('scanSource', () => {
  it.each([
    ["import 'a'", ['a']],
    ["import x from 'a'", ['a']],
    ["import * as x from 'a'", ['a']],
    ["import x, { type Y, z as w } from './b.ts'", ['./b.ts']],
    ["import { type Y } from 'a'", ['a']],
    ["import type { Y } from 'a'", ['type a']],
    ["import type Y from 'a'", ['type a']],
    ["import type * as Y from 'a'", ['type a']],
    ["import type from 'a'", ['a']],
    ["import type, { b } from 'a'", ['a']],
    ["import from from 'a'", ['a']],
    ["import { from } from 'a'", ['a']],
    ["import {\n  a, // from 'no'\n  b,\n} from\n  'a'", ['a']],
    ["import data from './a.json' with { type: 'json' }", ['./a.json']],
    ["export * from 'a'; export * as b from 'b'", ['a', 'b']],
    ["export { a, b as c } from 'a'", ['a']],
    ["export type { A } from 'a'; export type * from 'b'", ['type a', 'type b']],
    ["const a = await import('a')", ['a']],
    ['import(`a`)', ['a']],
    ["type A = import('a').B", ['a']],
    ["import('a', { with: {} })", ['a']],
    ["import('a' + b); import(`a${b}`); import(name)", ['?', '?', '?']],
    ["import a from 'a'; import b from 'b'", ['a', 'b']],
  ])('finds %s', (source, expected) => {
    expect(imports(source)).toEqual(expected);
  });

  it.each([
    "// import 'a'",
    "/* import 'a' */",
    `const text = "import x from 'a'"`,
    "const text = `import x from 'a'`",
    "const pattern = /import 'a'/",
    "export const from = 'a'",
    "export { a }; const b = 'b'",
    "export default from + 'a'",
    "export type A = { from: 'a' }",
    "export interface From { from 'a' }",
    "x.import('a')",
    'import.meta.url',
    "const o = { import: 'a', export: 'b' }",
  ])('finds nothing in %s', (source) => {
    expect(imports(source)).toEqual([]);
  });

  it('says the line', () => {
    expect(scanSource("\n\nimport {\n  a,\n} from 'a';").imports).toEqual([
      { specifier: 'a', typeOnly: false, line: 3 },
    ]);
  });

  it.each([
    ['setTimeout(f, 1)', ['setTimeout']],
    ['globalThis.setInterval(f)', ['setInterval']],
    ['const later = setImmediate', ['setImmediate']],
    ["process.on('SIGTERM', f); process.exit(1); process.kill(1)", ['process.on', 'process.exit', 'process.kill']],
    ["require('fs')", ['require']],
    ['`${setTimeout(f)}`', ['setTimeout']],
    ['socket.setTimeout(1); x = { setTimeout: f }; process.env; process.exitCode = 1; process.pid', []],
    ["// setTimeout\n'setTimeout'", []],
  ])('finds globals in %s', (source, expected) => {
    expect(globals(source)).toEqual(expected);
  });

  it('agrees with a real parser about every file of the tree', async () => {
    const root = fileURLToPath(new URL('../../../..', import.meta.url));
    const files = globSync(['src/**/*.ts', 'test/**/*.ts', 'hack/**/*.ts'], {
      cwd: root,
      exclude: (name) => name === 'node_modules',
    });
    const { metafile } = await build({
      entryPoints: files,
      absWorkingDir: root,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      outdir: 'out',
      logLevel: 'silent',
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      plugins: [
        {
          name: 'all-external',
          setup: ({ onResolve }) =>
            onResolve({ filter: /.*/ }, ({ path, kind }) => (kind === 'entry-point' ? null : { path, external: true })),
        },
      ],
    });
    const unlike = files.filter((file) => {
      const scanned = scanSource(readFileSync(`${root}${file}`, 'utf8')).imports.filter(({ typeOnly }) => !typeOnly);
      const parsed = metafile.inputs[file]?.imports.map(({ path }) => path) ?? ['not parsed'];
      const found = scanned.flatMap(({ specifier }) => specifier ?? []);
      // esbuild counts no type positions; `import('x').T` may be more here, never less.
      return parsed.some((path) => !found.includes(path)) || found.some((path) => !parsed.includes(path));
    });
    expect(unlike).toEqual([]);
  });
});
