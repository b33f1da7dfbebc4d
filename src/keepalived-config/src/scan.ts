import { maxDepth, maxErrors, maxLineBytes, maxTextLength, utf8Length } from './limits.ts';
import type { ParseError, Position, Statement } from './source.ts';
import { splitPlain } from './words.ts';

/** The lines of a text as a tree, with everything that could not be read. */
export interface Scan {
  readonly statements: readonly Statement[];
  readonly errors: readonly ParseError[];
}

interface OpenBlock extends Position {
  readonly statements: Building[];
}

interface Building extends Position {
  readonly source: string;
  block?: Building[];
}

interface Scanner {
  readonly errors: ParseError[];
  readonly open: [OpenBlock, ...OpenBlock[]];
  /** Blocks opened beyond the depth limit, or by a brace that belongs to nothing: their contents are dropped. */
  dropped: number;
}

/**
 * Read a text as keepalived does: line by line, `{` and `}` outside quotes end a statement, `#` and `!` outside quotes
 * begin a comment. Time is linear in the length of the text; it never throws.
 */
export function scanText(text: string): Scan {
  const root: OpenBlock = { line: 1, column: 1, statements: [] };
  const scanner: Scanner = { errors: [], open: [root], dropped: 0 };
  if (text.length > maxTextLength) {
    return {
      statements: [],
      errors: [
        { line: 1, column: 1, message: `the text is longer than ${maxTextLength} characters: no keepalived.conf is` },
      ],
    };
  }
  if (!text.isWellFormed()) report(scanner, root, 'the text is not well-formed Unicode: save it as UTF-8');
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    scanLine(scanner, line.endsWith('\r') ? line.slice(0, -1) : line, number);
  }
  for (const block of scanner.open.slice(1).reverse()) report(scanner, block, "this block is not closed: add a '}'");
  if (scanner.dropped > 0) report(scanner, { line: number, column: 1 }, "a block is not closed at the end: add a '}'");
  return { statements: root.statements.map(finish), errors: scanner.errors };
}

function finish(statement: Building): Statement {
  const { source, line, column } = statement;
  const words = splitPlain(source, line, column);
  return statement.block === undefined
    ? { source, words, line, column }
    : { source, words, line, column, block: statement.block.map(finish) };
}

function report(scanner: Scanner, at: Position, message: string): void {
  if (scanner.errors.length < maxErrors) scanner.errors.push({ line: at.line, column: at.column, message });
}

function scanLine(scanner: Scanner, line: string, number: number): void {
  let begin = 0;
  let quoteAt = -1;
  let end = line.length;
  for (let at = 0; at < end; at += 1) {
    const character = line.charAt(at);
    if (character === '\\' && /["#!\\]/.test(line.charAt(at + 1))) {
      at += 1;
    } else if (character === '"') {
      quoteAt = quoteAt < 0 ? at : -1;
    } else if (quoteAt < 0 && (character === '#' || character === '!')) {
      end = at;
    } else if (quoteAt < 0 && (character === '{' || character === '}')) {
      addStatement(scanner, line.slice(begin, at), { line: number, column: begin + 1 });
      begin = at + 1;
      if (character === '{') openBlock(scanner, { line: number, column: at + 1 });
      else closeBlock(scanner, { line: number, column: at + 1 });
    }
  }
  addStatement(scanner, line.slice(begin, end), { line: number, column: begin + 1 });
  if (quoteAt >= 0) {
    report(scanner, { line: number, column: quoteAt + 1 }, 'the quote is not closed: close it on the same line');
  }
  checkLine(scanner, line, { number, end });
}

const maxLineProblem = `the line is longer than ${maxLineBytes} bytes and keepalived would cut it: shorten it`;

/** What may not stand in a line before its comment (at `end`); each at its first place only. */
const unreadable: readonly (readonly [RegExp, string])[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  [/[\0-\x08\n-\x1f]/, 'there is a control character here: remove it'],
  [/\$[A-Za-z_{]/, "parameters ('$' before a name) are not supported: write the lines out"],
];

function checkLine(
  scanner: Scanner,
  line: string,
  { number, end }: { readonly number: number; readonly end: number },
): void {
  if (line.length * 3 > maxLineBytes && utf8Length(line) > maxLineBytes)
    report(scanner, { line: number, column: 1 }, maxLineProblem);
  const content = line.slice(0, end);
  for (const [pattern, message] of unreadable) {
    const at = content.search(pattern);
    if (at >= 0) report(scanner, { line: number, column: at + 1 }, message);
  }
  const quote = line.indexOf('\\"');
  if (quote >= 0 && /[{}#!]/.test(line)) {
    const message =
      "keepalived reads '\\\"' in two ways on a line with braces or comment characters: use single quotes";
    report(scanner, { line: number, column: quote + 1 }, message);
  }
}

function addStatement(scanner: Scanner, slice: string, at: Position): void {
  if (scanner.dropped > 0) return;
  let begin = 0;
  let end = slice.length;
  // Not trim(): what Unicode calls white space is part of a word to keepalived.
  while (begin < end && isBlank(slice[begin])) begin += 1;
  while (end > begin && isBlank(slice[end - 1])) end -= 1;
  if (begin === end) return;
  if (slice[end - 1] === '\\') report(scanner, { line: at.line, column: at.column + end - 1 }, continued);
  currentBlock(scanner).statements.push({ source: slice.slice(begin, end), line: at.line, column: at.column + begin });
}

const continued = "a '\\' at the end continues a parameter definition, which is not supported: write the line out";

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\f' || character === '\v';
}

function currentBlock(scanner: Scanner): OpenBlock {
  return scanner.open.at(-1) ?? scanner.open[0];
}

function openBlock(scanner: Scanner, at: Position): void {
  if (scanner.dropped > 0) {
    scanner.dropped += 1;
    return;
  }
  const owner = currentBlock(scanner).statements.at(-1);
  if (owner === undefined || owner.block !== undefined) {
    report(scanner, at, "this '{' follows no keyword: its block is left out; write the keyword before it");
    scanner.dropped = 1;
  } else if (scanner.open.length > maxDepth) {
    report(scanner, at, `blocks are nested deeper than ${maxDepth}: this one is left out`);
    scanner.dropped = 1;
  } else {
    owner.block = [];
    scanner.open.push({ line: at.line, column: at.column, statements: owner.block });
  }
}

function closeBlock(scanner: Scanner, at: Position): void {
  if (scanner.dropped > 0) scanner.dropped -= 1;
  else if (scanner.open.length > 1) scanner.open.pop();
  else report(scanner, at, "this '}' closes nothing: remove it");
}
