/** One generated page: its name in docs/reference and its text. */
export interface DocFile {
  readonly name: string;
  readonly text: string;
}

/** The line that says where a page comes from. */
export const generatedNote = (source: string): string =>
  `<!-- Made from ${source} by hack/update-api-docs.sh; a test fails when the two differ. -->\n`;

/** Text as code in a cell of a table: bars are escaped there, too (GFM 4.10); text with backticks gets longer ones around it. */
export function code(text: string): string {
  const ticks = text.includes('`') ? '``' : '`';
  const pad = ticks.length > 1 ? ' ' : '';
  return `${ticks}${pad}${text.replaceAll('|', '\\|')}${pad}${ticks}`;
}

/** Plain text in a cell: nothing in it is markup but code in backticks, and it is one line. */
export function textCell(text: string): string {
  return text
    .trim()
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? code(part.slice(1, -1)) : part.replaceAll(/[\\*_[\]<>|]/g, '\\$&')))
    .join('')
    .replaceAll(/\s+/g, ' ');
}

/** A table of cells that are Markdown already. */
export function wrapTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  return `${line(head)}${line(head.map(() => '---'))}${rows.map(line).join('')}`;
}
