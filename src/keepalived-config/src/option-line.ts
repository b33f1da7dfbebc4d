import { type Codec, word } from './codec.ts';
import { type Fault, type Form, type FormRead, joinWritten, refuse, shorten } from './form.ts';
import type { OtherOptions } from './model-entries.ts';
import { failure, type ParseError, type Result, type Statement, success, type Word } from './source.ts';
import { findSourceProblem } from './verbatim.ts';

/** One option of a line such as `ADDRESS dev eth0 no_track`. */
export type Option<V> =
  | { readonly kind: 'flag'; readonly keyword: string }
  | { readonly kind: 'value'; readonly keywords: readonly [string, ...string[]]; readonly codec: Codec<V> }
  /** The keyword itself is the value. */
  | { readonly kind: 'choice'; readonly codec: Codec<V> }
  /** A word without keyword: the first of the line, or (`anywhere`) the first that is no option and passes the codec's check. */
  | { readonly kind: 'positional'; readonly codec: Codec<V>; readonly anywhere?: { readonly keyword: string } };

/** The options of a line, one per field, in the order in which they are written. */
export type OptionTable<E> = { readonly [K in Exclude<keyof E, 'other'>]-?: Option<NonNullable<E[K]>> };

type AnyOption = Option<unknown>;
type Entry = Readonly<Record<string, unknown>>;

interface Reading {
  readonly words: readonly Word[];
  readonly entry: Record<string, unknown>;
  at: number;
}

/** The form of a line of options. What is not understood stays in `other`, from the first such word on. */
export function optionLine<E extends OtherOptions>(table: OptionTable<E>): Form<E> {
  const options: readonly (readonly [string, AnyOption])[] = Object.entries(table);
  return {
    read: (words, statement) => readOptions(options, words, statement) as FormRead<E>,
    write: (entry) => writeOptions(options, entry as Entry),
    check: (entry) => checkOptions(options, entry as Entry),
  };
}

function readOptions(
  options: readonly (readonly [string, AnyOption])[],
  words: readonly Word[],
  statement: Statement,
): FormRead<Entry> {
  const reading: Reading = { words, entry: {}, at: 0 };
  const errors: ParseError[] = [];
  while (reading.at < words.length) {
    const begin = words[reading.at];
    if (begin === undefined) break;
    const outcome = readOption(options, reading, begin);
    if (outcome === 'read') continue;
    if (outcome !== 'unknown') errors.push({ line: begin.line, column: begin.column, message: outcome });
    reading.entry['other'] = statement.source.slice(begin.column - statement.column);
    break;
  }
  const missing = options.find(([field, option]) => option.kind === 'positional' && reading.entry[field] === undefined);
  if (missing !== undefined)
    return refuse(statement, errors[0]?.message ?? `'${shorten(statement.source)}' has no address or name: add it`);
  return { value: reading.entry, errors };
}

function readOption(
  options: readonly (readonly [string, AnyOption])[],
  reading: Reading,
  found: Word,
): 'read' | 'unknown' | string {
  const match = findOption(options, reading, found);
  if (match === undefined) return 'unknown';
  const [field, option, bare] = match;
  if (reading.entry[field] !== undefined) return `'${shorten(found.text)}' is given twice: keep one`;
  if (option.kind === 'flag') return setField(reading, field, success(true), 1, found);
  if (bare) return setField(reading, field, option.codec.read(found), 1, found);
  const value = reading.words[reading.at + 1];
  if (value === undefined) return `'${shorten(found.text)}' needs a value: add one`;
  return setField(reading, field, option.codec.read(value), 2, value);
}

function setField(
  reading: Reading,
  field: string,
  value: Result<unknown>,
  length: number,
  shown: Word,
): 'read' | string {
  if (!value.ok) return `'${shorten(shown.text)}': ${value.message}`;
  reading.entry[field] = value.value;
  reading.at += length;
  return 'read';
}

/** The option that a word begins; the third part says that the word itself is the value. */
function findOption(
  options: readonly (readonly [string, AnyOption])[],
  reading: Reading,
  found: Word,
): readonly [string, AnyOption, boolean] | undefined {
  for (const [field, option] of options) {
    if (option.kind === 'positional' && option.anywhere === undefined && reading.at === 0) return [field, option, true];
  }
  for (const [field, option] of options) {
    if (option.kind === 'flag' && option.keyword === found.text) return [field, option, false];
    if (option.kind === 'value' && option.keywords.includes(found.text)) return [field, option, false];
    if (option.kind === 'choice' && option.codec.read(found).ok) return [field, option, true];
    if (option.kind === 'positional' && option.anywhere?.keyword === found.text) return [field, option, false];
  }
  for (const [field, option] of options) {
    if (
      option.kind === 'positional' &&
      option.anywhere !== undefined &&
      reading.entry[field] === undefined &&
      option.codec.check?.(found.text) === undefined
    ) {
      return [field, option, true];
    }
  }
  return undefined;
}

function writeOptions(options: readonly (readonly [string, AnyOption])[], entry: Entry): Result<string> {
  const written: Result<string>[] = [];
  for (const [field, option] of options) {
    const value = entry[field];
    if (value === undefined && option.kind === 'positional') return failure(`${field} is missing`);
    if (value !== undefined) written.push(nameField(field, writeOption(option, value)));
  }
  if (entry['other'] !== undefined) written.push(nameField('other', writeOther(options, entry)));
  return joinWritten(written);
}

function nameField(field: string, written: Result<string>): Result<string> {
  return written.ok ? written : failure(`${field}: ${written.message}`);
}

function writeOption(option: AnyOption, value: unknown): Result<string> {
  switch (option.kind) {
    case 'flag':
      return value === true ? success(option.keyword) : failure('it is not true: leave the field out instead');
    case 'value':
      return joinWritten([success(option.keywords[0]), option.codec.write(value)]);
    case 'choice':
      return option.codec.write(value);
    case 'positional': {
      const written = option.codec.write(value);
      const problem = written.ok && option.anywhere !== undefined ? option.codec.check?.(value) : undefined;
      return problem === undefined ? written : failure(problem);
    }
  }
}

function writeOther(options: readonly (readonly [string, AnyOption])[], entry: Entry): Result<string> {
  const problem = findSourceProblem(entry['other']);
  if (problem !== undefined) return failure(problem);
  const source = String(entry['other']);
  const first: Word = { text: source.split(/[\s"]/, 1)[0] ?? '', quoted: false, line: 1, column: 1 };
  const known = findOption(options, { words: [first], entry: { ...entry }, at: 1 }, first);
  return known === undefined
    ? success(source)
    : failure(`it begins with '${first.text}', which is the field ${known[0]}`);
}

function checkOptions(options: readonly (readonly [string, AnyOption])[], entry: Entry): readonly Fault[] {
  return options.flatMap(([field, option]) => {
    const value = entry[field];
    const codec = option.kind === 'flag' ? word : option.codec;
    const message = value === undefined || option.kind === 'flag' ? undefined : codec.check?.(value as never);
    return message === undefined ? [] : [{ at: `.${field}`, message }];
  });
}
