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
  if (line.length * 3 > maxLineBytes && utf8Length(line) > maxLineBytes) {
    report(
      scanner,
      { line: number, column: 1 },
      `the line is longer than ${maxLineBytes} bytes and keepalived would cut it: shorten it`,
    );
  }
  let begin = 0;
  let quoteAt = -1;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character < ' ' && !'\t\f\v\r'.includes(character)) {
      report(scanner, { line: number, column: at + 1 }, 'there is a control character here: remove it');
    }
    if (character === '\\') {
      checkEscape(scanner, line, { line: number, column: at + 1 });
      if (/["#!\\]/.test(line.charAt(at + 1))) at += 1;
    } else if (character === '"') {
      quoteAt = quoteAt < 0 ? at : -1;
    } else if (quoteAt < 0 && (character === '#' || character === '!')) {
      addStatement(scanner, line.slice(begin, at), { line: number, column: begin + 1 });
      return;
    } else if (quoteAt < 0 && (character === '{' || character === '}')) {
      addStatement(scanner, line.slice(begin, at), { line: number, column: begin + 1 });
      begin = at + 1;
      if (character === '{') openBlock(scanner, { line: number, column: at + 1 });
      else closeBlock(scanner, { line: number, column: at + 1 });
    }
  }
  if (quoteAt >= 0)
    report(scanner, { line: number, column: quoteAt + 1 }, 'the quote is not closed: close it on the same line');
  addStatement(scanner, line.slice(begin), { line: number, column: begin + 1 });
}

const ambiguousWithQuote = /[{}#!]/;

function checkEscape(scanner: Scanner, line: string, at: Position): void {
  const next = line[at.column];
  if (next === undefined) {
    report(
      scanner,
      at,
      "a '\\' at the end of a line continues a parameter definition, which is not supported: write the line out",
    );
  } else if (next === '"' && ambiguousWithQuote.test(line)) {
    report(
      scanner,
      at,
      "keepalived reads '\\\"' in two ways on a line with braces or comment characters: use single quotes",
    );
  }
}

function addStatement(scanner: Scanner, slice: string, at: Position): void {
  const source = slice.trim();
  if (source === '' || scanner.dropped > 0) return;
  const column = at.column + slice.indexOf(source);
  currentBlock(scanner).statements.push({ source, line: at.line, column });
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
