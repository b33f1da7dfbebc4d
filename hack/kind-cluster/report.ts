import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Observation } from './essentials.ts';
import type { SuiteResult } from './suites.ts';

export interface RunReport {
  readonly title: string;
  /** What the cluster was, name and value. */
  readonly facts: ReadonlyMap<string, string>;
  readonly steps: readonly { readonly name: string; readonly seconds: number }[];
  readonly essentials: readonly Observation[];
  readonly suites: readonly SuiteResult[];
}

/** Pure: the run as a page. */
export function renderReport({ title, facts, steps, essentials, suites }: RunReport): string {
  const word = (ok: boolean) => (ok ? 'passed' : 'FAILED');
  return [
    `# ${title}`,
    '',
    'Written by `hack/kind`; the same again: see `docs/install.md`.',
    '',
    '| | |',
    '| --- | --- |',
    ...[...facts].map(([name, value]) => `| ${name} | ${value} |`),
    '',
    '| data plane | | seen |',
    '| --- | --- | --- |',
    ...essentials.map(({ what, ok, seen }) => `| ${what} | ${word(ok)} | ${seen} |`),
    '',
    '| suite | | |',
    '| --- | --- | --- |',
    ...suites.map(({ suite, ok, summary }) => `| ${suite} | ${word(ok)} | ${summary} |`),
    '',
    '| step | seconds |',
    '| --- | --- |',
    ...steps.map(({ name, seconds }) => `| ${name} | ${seconds.toFixed(1)} |`),
    '',
  ].join('\n');
}

/** Writes the page into the folder of reports; answers its path. */
export function writeReport(folder: string, label: string, report: RunReport): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${label}.md`);
  writeFileSync(path, renderReport(report));
  return path;
}
