import { type BlockSpec, findSpecByKeyword } from './blocks.ts';
import { findWordProblem } from './codec.ts';
import type { Field } from './field.ts';
import { refuse, shorten } from './form.ts';
import { maxErrors } from './limits.ts';
import type { Block, KeepalivedConfig } from './model.ts';
import type { UnknownEntry } from './model-entries.ts';
import { scanText } from './scan.ts';
import type { ParseError, Position, Statement } from './source.ts';
import { keepStatement } from './verbatim.ts';

/** Where the parts of a config stood, by path, such as `blocks[1].virtualIpaddress[0]`. */
export type Positions = ReadonlyMap<string, Position>;

/** What a text says. With errors, `config` holds the rest; what was not understood is in it as `unknown` entries. */
export interface ParseResult {
  readonly config: KeepalivedConfig;
  readonly errors: readonly ParseError[];
  readonly positions: Positions;
}

interface Parser {
  readonly errors: ParseError[];
  readonly positions: Map<string, Position>;
}

/** Read a keepalived.conf (2.2.7's syntax); it never throws, whatever the text. */
export function parseConfig(text: string): ParseResult {
  const scan = scanText(text);
  const parser: Parser = { errors: [...scan.errors], positions: new Map() };
  findUnsupported(parser, scan.statements);
  const blocks = scan.statements.map((statement, index) => parseBlock(parser, statement, `blocks[${index}]`));
  const errors = parser.errors.sort((a, b) => a.line - b.line || a.column - b.column).slice(0, maxErrors);
  return { config: { blocks }, errors, positions: parser.positions };
}

/** keepalived looks for these before it looks for keywords, at the beginning of any line. */
function findUnsupported(parser: Parser, statements: readonly Statement[]): void {
  for (const statement of statements) {
    const first = statement.words[0]?.text ?? '';
    const what = nameUnsupported(first, statement);
    if (what !== undefined) report(parser, statement, `${what}: write the lines out`);
    if (statement.block !== undefined) findUnsupported(parser, statement.block);
  }
}

function nameUnsupported(first: string, { words }: Statement): string | undefined {
  if (/^include[rmwba]?$/.test(first) && words.length > 1)
    return `'${first}' is not supported, the file it names is not read`;
  if (first.startsWith('@')) return `the condition '${shorten(first)}' is not supported`;
  if (/^~(SEQ|LST)/.test(first)) return `the sequence '${shorten(first)}' is not supported`;
  return undefined;
}

function report(parser: Parser, at: Position, message: string): void {
  parser.errors.push(...refuse(at, message).errors);
}

function place(parser: Parser, path: string, { line, column }: Position): void {
  if (!parser.positions.has(path)) parser.positions.set(path, { line, column });
}

function parseBlock(parser: Parser, statement: Statement, path: string): Block {
  place(parser, path, statement);
  const spec = findSpecByKeyword(statement.words[0]?.text ?? '');
  if (spec === undefined) return keepStatement(statement);
  const [keyword, name, extra] = statement.words;
  const wrong =
    statement.block === undefined
      ? "needs a block: add '{' and '}'"
      : checkHeader(spec, name?.text, (spec.named ? extra : name)?.text);
  if (wrong !== undefined || statement.block === undefined) {
    report(parser, statement, `'${keyword?.text}' ${wrong}`);
    return keepStatement(statement);
  }
  const head = spec.named ? { kind: spec.kind, name: name?.text } : { kind: spec.kind };
  return { ...head, ...parseFields(parser, spec, statement.block, path) } as Block;
}

function checkHeader(spec: BlockSpec, name: string | undefined, extra: string | undefined): string | undefined {
  if (extra !== undefined) return `has '${shorten(extra)}', one word too many: remove it`;
  if (!spec.named) return undefined;
  if (name === undefined) return 'needs a name: add one';
  const problem = findWordProblem(name);
  return problem === undefined ? undefined : `has the name '${shorten(name)}': ${problem}: choose a plain word`;
}

function parseFields(
  parser: Parser,
  spec: BlockSpec,
  statements: readonly Statement[],
  path: string,
): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  const unknown: UnknownEntry[] = [];
  for (const statement of statements) {
    const known = spec.byKeyword.get(statement.words[0]?.text ?? '');
    const rest =
      known === undefined ? statement : parseField(parser, values, known, { statement, path: `${path}.${known[0]}` });
    if (rest === undefined) continue;
    place(parser, `${path}.unknown[${unknown.length}]`, rest);
    unknown.push(keepStatement(rest));
  }
  return unknown.length === 0 ? values : { ...values, unknown };
}

/** Put what a statement says into `values`; what could not be put there is given back. */
function parseField(
  parser: Parser,
  values: Record<string, unknown>,
  [name, field]: readonly [string, Field<unknown>],
  { statement, path }: { readonly statement: Statement; readonly path: string },
): Statement | undefined {
  const earlier = values[name];
  const read = field.read(statement);
  for (const error of read.errors) parser.errors.push(error);
  if (read.value === undefined) return read.rest;
  if (earlier !== undefined && field.adds === undefined) {
    report(parser, statement, `'${statement.words[0]?.text}' is given twice: keep one`);
    return statement;
  }
  place(parser, path, statement);
  const offset = Array.isArray(earlier) ? earlier.length : 0;
  for (const [index, position] of (read.entries ?? []).entries()) place(parser, `${path}[${offset + index}]`, position);
  values[name] = appendTo(earlier, read.value);
  return read.rest;
}

/** Lists grow in place: copying one at each of its statements would take quadratic time. */
function appendTo(earlier: unknown, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const list: unknown[] = Array.isArray(earlier) ? earlier : [];
  for (const entry of value) list.push(entry);
  return list;
}
