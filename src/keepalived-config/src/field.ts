import { findWordProblem, word } from './codec.ts';
import { accept, type Fault, type Form, type FormRead, refuse, shorten } from './form.ts';
import type { ParseError, Position, Statement, Word } from './source.ts';

/** A line to be written, and the lines of its block. */
export interface Line {
  readonly text: string;
  readonly body?: readonly Line[];
}

/** A line, or why it cannot be written and where below the field. */
export type LineWrite = { readonly ok: true; readonly line: Line } | ({ readonly ok: false } & Fault);

/** What a statement gave a field; `rest` could not be understood and is kept as it is. */
export interface FieldRead<T> {
  readonly value?: T;
  readonly errors: readonly ParseError[];
  readonly rest?: Statement;
  /** Positions of list entries, in order. */
  readonly entries?: readonly Position[];
}

/** One field of a block: the statement with one of `keywords` (the first is written) and the value it stands for. */
export interface Field<T> {
  readonly keywords: readonly [string, ...string[]];
  read(statement: Statement): FieldRead<T>;
  /** The value is a list, and keepalived adds up the statements of its keyword. */
  readonly adds?: true;
  write(value: T): LineWrite;
  check(value: T): readonly Fault[];
}

/** The fields of a block, in the order in which they are written. */
export type FieldTable<B> = {
  readonly [K in Exclude<keyof B, 'kind' | 'name' | 'unknown'>]-?: Field<NonNullable<B[K]>>;
};

/** A line such as `priority 100`. */
export function line<T>(keyword: string, form: Form<T>, ...synonyms: readonly string[]): Field<T> {
  return {
    keywords: [keyword, ...synonyms],
    read: (statement) => {
      if (statement.block !== undefined)
        return { ...refuse(statement, `'${keyword}' has no block: remove the braces`), rest: statement };
      const read = form.read(statement.words.slice(1), statement);
      return read.value === undefined ? { errors: read.errors, rest: statement } : read;
    },
    write: (value) => writeForm(form, value, '', keyword),
    check: (value) => form.check(value),
  };
}

function writeForm<T>(form: Form<T>, value: T, at: string, keyword: string): LineWrite {
  const written = form.write(value);
  if (!written.ok) return { ok: false, at, message: written.message };
  return { ok: true, line: { text: [keyword, written.value].filter((part) => part !== '').join(' ') } };
}

/** A block of lines, one value each; keepalived adds up the blocks of one keyword. */
export function list<T>(keyword: string, form: Form<T>): Field<readonly T[]> {
  return {
    keywords: [keyword],
    read: (statement) => readList(statement, (entry) => form.read(entry.words, entry)),
    adds: true,
    write: (values) => {
      if (!Array.isArray(values)) return { ok: false, at: '', message: 'it is not a list' };
      const body: Line[] = [];
      for (const [index, value] of values.entries()) {
        const written = writeForm(form, value, `[${index}]`, '');
        if (!written.ok) return written;
        body.push(written.line);
      }
      return { ok: true, line: { text: keyword, body } };
    },
    check: (values) =>
      values.flatMap((value, index) =>
        form.check(value).map(({ at, message }) => ({ at: `[${index}]${at}`, message })),
      ),
  };
}

function readList<T>(statement: Statement, readEntry: (entry: Statement) => FormRead<T>): FieldRead<readonly T[]> {
  const keyword = statement.words[0]?.text ?? '';
  if (statement.block === undefined)
    return { ...refuse(statement, `'${shorten(keyword)}' needs a block: add '{' and '}'`), rest: statement };
  const extra = statement.words[1];
  const errors: ParseError[] = [];
  const values: T[] = [];
  const entries: Position[] = [];
  const rest: Statement[] = [];
  if (extra !== undefined)
    errors.push(...refuse(extra, `'${shorten(extra.text)}' is not expected before a block: remove it`).errors);
  for (const entry of statement.block) {
    const read: FormRead<T> =
      entry.block === undefined ? readEntry(entry) : refuse(entry, 'a block is not expected here: remove the braces');
    errors.push(...read.errors);
    if (read.value === undefined) rest.push(entry);
    else {
      values.push(read.value);
      entries.push({ line: entry.line, column: entry.column });
    }
  }
  const read = { value: values, errors, entries };
  return rest.length === 0
    ? read
    : { ...read, rest: { ...statement, source: keyword, words: statement.words.slice(0, 1), block: rest } };
}

/** A block of names, any number of them on a line; written one per line. */
export function names(keyword: string): Field<readonly string[]> {
  const perLine: Form<string> = { read: () => accept(''), write: (value) => word.write(value), check: () => [] };
  const { write, check } = list(keyword, perLine);
  return {
    keywords: [keyword],
    read: (statement) => {
      const { value, entries: _, ...read } = readList(statement, (entry) => readNames(entry.words));
      return value === undefined
        ? read
        : { ...read, value: value.flat().map((found) => found.text), entries: value.flat() };
    },
    write,
    check,
  };
}

function readNames(words: readonly Word[]): FormRead<readonly Word[]> {
  for (const found of words) {
    const problem = findWordProblem(found.text);
    if (problem !== undefined) return refuse(found, `'${shorten(found.text)}': ${problem}: write a plain name`);
  }
  return accept(words);
}
