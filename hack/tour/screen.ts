import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Text in a style, plain where nobody looks (no terminal, NO_COLOR). */
export function styled(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** A line for the reader. */
export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** A heading between steps. */
export function heading(text: string): void {
  say();
  say(styled('bold', text));
}

/** What a person would type. */
export function command(text: string): void {
  say(styled('cyan', `  $ ${text}`));
}

/** Output of a command or a file, indented; long ones are cut with a word about it. */
export function quote(text: string, most = 24): void {
  const lines = text.trimEnd().split('\n');
  for (const line of lines.slice(0, most)) say(styled('dim', `    ${line}`));
  if (lines.length > most) say(styled('dim', `    … ${lines.length - most} more lines`));
}

/** Rows in columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  for (const row of rows) say(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd());
}
