import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Block, blocksOf } from './blocks.ts';

/** A page for people: its path in the checkout, its text and its fenced blocks. */
export interface Page {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** The checkout, ending in a slash. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

// Decisions, the text of the GEP and generated pages are no instructions.
const elsewhere = /^docs\/(design|gep|reference)\//;

/** README.md and every page of docs/ whose YAML and commands are tested, by path. */
export function readPages(): readonly Page[] {
  const paths = globSync('docs/**/*.md', { cwd: root }).map((path) => path.replaceAll('\\', '/'));
  return ['README.md', ...paths.filter((path) => !elsewhere.test(path)).sort()].map((path) => {
    const text = readFileSync(`${root}${path}`, 'utf8');
    return { path, text, blocks: blocksOf(text) };
  });
}
