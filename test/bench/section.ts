import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { markdown } from './figures.ts';

/** A row of a bench's table; `met` is absent where there is no goal, or where nothing was measured. */
export interface Row {
  readonly measure: string;
  readonly figure: string;
  readonly baseline?: string;
  readonly goal?: string;
  readonly met?: boolean | undefined;
}

export interface Section {
  /** Its heading on the page. */
  readonly name: string;
  /** The bench's name and its arguments, as given after `npm run bench --`. */
  readonly command: readonly string[];
  /** Load of the machine before the bench began. */
  readonly loadBefore: number;
  readonly rows: readonly Row[];
  /** What the figures are of; paragraphs. */
  readonly notes: readonly string[];
  readonly isCutShort: boolean;
}

const page = join(import.meta.dirname, '..', '..', 'docs', 'benchmarks.md');

/** The one-minute load average. */
export function currentLoad(): number {
  return loadavg()[0] ?? Number.NaN;
}

/** Prints the section; with `write`, and whole, it also goes into docs/benchmarks.md in place of the bench's last one. */
export async function publish(section: Section, write: boolean): Promise<void> {
  const text = sectionText(section);
  process.stdout.write(`${text}\n`);
  if (!write || section.isCutShort) return;
  await writeFile(page, replaceSection(await readFile(page, 'utf8'), section.name, text));
  process.stderr.write(`bench: written to docs/benchmarks.md, section "${section.name}"\n`);
}

/** The page with the section of this name replaced, or added at its end. */
export function replaceSection(text: string, name: string, body: string): string {
  const section = `## ${name}\n\n${body}\n`;
  const parts = text.trimEnd().split(/\n(?=## )/);
  const at = parts.findIndex((part) => part.startsWith(`## ${name}\n`));
  const whole = at < 0 ? [...parts, section] : parts.with(at, section);
  return `${whole.map((part) => part.trimEnd()).join('\n\n')}\n`;
}

function sectionText({ name, command, loadBefore, rows, notes, isCutShort }: Section): string {
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  const load = `load ${loadBefore.toFixed(1)} before, ${currentLoad().toFixed(1)} after`;
  const date = new Date().toISOString().slice(0, 10);
  return [
    `${name} (${machine}, ${load}, ${date}; \`npm run bench -- ${command.join(' ')}\`)\n`,
    ...(isCutShort ? ['Cut short: only what was measured until then.\n'] : []),
    markdown([
      ['measure', 'figure', 'baseline', 'goal', ''],
      ...rows.map(({ measure, figure, baseline = '', goal = '', met }) => [
        measure,
        figure,
        baseline,
        goal,
        met === undefined ? '' : met ? 'met' : '**not met**',
      ]),
    ]),
    ...notes.map((note) => `\n${note}`),
  ].join('\n');
}
