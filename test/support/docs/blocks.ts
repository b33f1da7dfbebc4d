import { parseAllDocuments } from 'yaml';

/** A fenced block of a page: what follows the backticks, its text, where it is, and the HTML comment right above it, if any. */
export interface Block {
  readonly info: string;
  readonly text: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
  readonly comment?: string;
}

/** A command of a console block and the lines that it must print, stdout and stderr together. */
export interface ConsoleCommand {
  readonly command: string;
  readonly expected: readonly string[];
  /** In the page, from 1. */
  readonly line: number;
}

const fence = /^```(.*)$/;

/** The fenced blocks of a page (CommonMark 4.5, as far as our pages go); throws for a fence that is indented or left open. */
export function blocksOf(markdown: string): readonly Block[] {
  const lines = markdown.split('\n');
  const blocks: Block[] = [];
  let open: { readonly info: string; readonly at: number } | undefined;
  for (const [at, line] of lines.entries()) {
    if (/^\s+```/.test(line)) throw new Error(`line ${at + 1}: a fence that is indented`);
    const info = fence.exec(line)?.[1];
    if (info === undefined) continue;
    if (open === undefined) {
      open = { info: info.trim(), at };
      continue;
    }
    const comment = commentAbove(lines.slice(0, open.at));
    blocks.push({
      info: open.info,
      text: lines
        .slice(open.at + 1, at)
        .map((each) => `${each}\n`)
        .join(''),
      line: open.at + 1,
      ...(comment === undefined ? {} : { comment }),
    });
    open = undefined;
  }
  if (open !== undefined) throw new Error(`line ${open.at + 1}: a fence that is left open`);
  return blocks;
}

// `<!-- … -->` that ends on the last line that is not blank.
function commentAbove(lines: readonly string[]): string | undefined {
  return /<!--((?:(?!-->).)*)-->\s*$/s.exec(lines.join('\n'))?.[1]?.trim();
}

/** The commands of a console block: `$ ` begins one, `> ` goes on after a line that ends in a backslash; throws for text before the first. */
export function commandsOf({ text, line }: Pick<Block, 'text' | 'line'>): readonly ConsoleCommand[] {
  const commands: { command: string; expected: string[]; line: number }[] = [];
  for (const [at, each] of text.split('\n').slice(0, -1).entries()) {
    const last = commands.at(-1);
    if (each.startsWith('$ ')) commands.push({ command: each.slice(2), expected: [], line: line + 1 + at });
    else if (last === undefined) throw new Error(`line ${line + 1 + at}: a console block begins with "$ "`);
    else if (each.startsWith('> ') && last.command.endsWith('\\') && last.expected.length === 0)
      last.command = `${last.command}\n${each.slice(2)}`;
    else last.expected.push(each);
  }
  return commands;
}

/** The name of the file that a YAML block stands for: `# NAME.yaml` in its first line; undefined: it is none. */
export function fileNameOf({ text }: Pick<Block, 'text'>): string | undefined {
  return /^# ([a-z0-9][-a-z0-9]*\.yaml)$/m.exec(text.split('\n', 1)[0] ?? '')?.[1];
}

/** The objects of a YAML block; throws with what the parser says. */
export function objectsOf({ text }: Pick<Block, 'text'>): readonly unknown[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const value: unknown = document.toJS();
    return value === null ? [] : [value];
  });
}
