import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsOf, fileNameOf, objectsOf } from '../support/docs/blocks.ts';
import { readPages, root } from '../support/docs/pages.ts';

// What holds for every page: nothing that looks like an instruction escapes the tests, and links lead somewhere.
const pages = readPages();
const blocks = pages.flatMap(({ path, blocks }) => blocks.map((block) => ({ ...block, at: `${path}:${block.line}` })));
const ofKind = (...kinds: readonly string[]) => blocks.filter(({ info }) => kinds.includes(info));

it('every block says what it is', () => {
  const known = ['yaml', 'yaml fragment', 'console', 'console not-run', 'text', 'ts'];
  expect(blocks.filter(({ info }) => !known.includes(info)).map(({ at, info }) => `${at}: "${info}"`)).toEqual([]);
  // Or nothing would be tested.
  expect(ofKind('yaml').length).toBeGreaterThan(10);
  expect(ofKind('console').length).toBeGreaterThan(20);
});

describe('console blocks', () => {
  it('have commands', () => {
    const empty = ofKind('console', 'console not-run').filter((block) => commandsOf(block).length === 0);
    expect(empty.map(({ at }) => at)).toEqual([]);
  });

  it('are run, or a comment above says why not', () => {
    const silent = ofKind('console not-run').filter(({ comment = '' }) => !/^not run: \S.{15}/s.test(comment));
    expect(silent.map(({ at }) => at)).toEqual([]);
  });

  it('are mostly run', () => {
    expect(ofKind('console not-run').length).toBeLessThan(ofKind('console').length / 2);
  });
});

describe('YAML blocks', () => {
  it('can be parsed', () => {
    for (const block of ofKind('yaml', 'yaml fragment'))
      expect([block.at, objectsOf(block).length > 0]).toEqual([block.at, true]);
  });

  it('with a name are used by a command of their page', () => {
    const idle = pages.flatMap(({ path, blocks: own }) => {
      const commands = own.filter(({ info }) => info.startsWith('console')).map(({ text }) => text);
      const names = own.flatMap((block) => (block.info.startsWith('yaml') ? (fileNameOf(block) ?? []) : []));
      return names.filter((name) => !commands.some((text) => text.includes(name))).map((name) => `${path}: ${name}`);
    });
    expect(idle).toEqual([]);
  });
});

describe('links', () => {
  // Pages that come with the command and the metrics that they are about.
  const awaited = ['docs/metrics.md', 'docs/migrate.md'].map((path) => `${root}${path}`);
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  const anchorsOf = (file: string) =>
    [...readFileSync(file, 'utf8').matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = '']) => slug(heading));

  it.each(pages)('of $path lead to files and headings that exist', ({ path, text }) => {
    const prose = text.replaceAll(/^```.*?^```$/gms, '').replaceAll(/`[^`\n]*`/g, '');
    const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    const broken = targets.filter((target) => {
      if (/^https?:/.test(target)) return false;
      const [file = '', anchor] = target.split('#');
      const full = file === '' ? `${root}${path}` : normalize(join(root, dirname(path), file));
      if (!existsSync(full)) return !awaited.includes(full);
      return anchor !== undefined && (!statSync(full).isFile() || !anchorsOf(full).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('lead from the index to every page', () => {
    const index = readFileSync(`${root}docs/README.md`, 'utf8');
    const lonely = pages
      .map(({ path }) => path.replace(/^docs\//, ''))
      .filter((path) => path !== 'README.md' && !index.includes(`(${path})`));
    expect(lonely).toEqual([]);
  });
});

it('pictures are shown somewhere, can be read in the dark, and say in words what they show', () => {
  const shown = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/!\[[^\]]{20,}\]\((\S+\.svg)\)/g)].map(([, file = '']) => normalize(join(dirname(path), file))),
  );
  const drawn = globSync('docs/pictures/*.svg', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  expect(shown.toSorted()).toEqual(drawn.toSorted());
  for (const path of drawn) {
    const text = readFileSync(`${root}${path}`, 'utf8');
    expect([path, text]).toEqual([path, expect.stringMatching(/<title id="title">[^<]{20,}<\/title>/)]);
    expect([path, text]).toEqual([path, expect.stringContaining('@media (prefers-color-scheme: dark)')]);
  }
});

it('pages to be read are short', () => {
  // Tables of measurements, and what one looks up.
  const long = /^(README|docs\/(operations|benchmarks|features|metrics|migrate))\.md$/;
  const lengths = pages.filter(({ path }) => !long.test(path)).map(({ path, text }) => [path, text.split('\n').length]);
  expect(lengths.filter(([, lines]) => Number(lines) > 151)).toEqual([]);
});
