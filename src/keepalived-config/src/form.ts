import type { Codec } from './codec.ts';
import { failure, type ParseError, type Position, type Result, type Statement, success, type Word } from './source.ts';

/** What reading gave: a value, errors, or both (a value with a part left aside). */
export interface FormRead<T> {
  readonly value?: T;
  readonly errors: readonly ParseError[];
}

/** Something wrong inside a value; `at` is the path below it, such as `.address` or ``. */
export interface Fault {
  readonly at: string;
  readonly message: string;
}

/** The words of one line (after its keyword, or the whole line of a list) and the value they stand for. */
export interface Form<T> {
  read(words: readonly Word[], statement: Statement): FormRead<T>;
  write(value: T): Result<string>;
  check(value: T): readonly Fault[];
}

/** A FormRead with an error only. */
export function refuse(at: Position, message: string): { readonly errors: readonly ParseError[] } {
  return { errors: [{ line: at.line, column: at.column, message }] };
}

/** A FormRead with a value only. */
export function accept<T>(value: T): FormRead<T> {
  return { value, errors: [] };
}

function fromResult<T>(at: Position, read: Result<T>, shown: string): FormRead<T> {
  return read.ok ? accept(read.value) : refuse(at, `'${shorten(shown)}': ${read.message}`);
}

/** A text short enough for a message. */
export function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

function checkWith<T>(codec: Codec<T>, value: T): readonly Fault[] {
  const message = codec.check?.(value);
  return message === undefined ? [] : [{ at: '', message }];
}

/** Exactly one word. */
export function one<T>(codec: Codec<T>): Form<T> {
  return {
    read: (words, statement) => {
      const first = words[0];
      if (first === undefined) return refuse(statement, `'${shorten(statement.source)}' needs a value: add one`);
      const second = words[1];
      if (second !== undefined)
        return refuse(second, `'${shorten(second.text)}' is one word too many: remove it or quote the value`);
      return fromResult(first, codec.read(first), first.text);
    },
    write: (value) => codec.write(value),
    check: (value) => checkWith(codec, value),
  };
}

/** A keyword without parameters. */
export const flag: Form<true> = {
  read: (words) => {
    const first = words[0];
    return first === undefined
      ? accept<true>(true)
      : refuse(first, `'${shorten(first.text)}' is not expected here: this keyword takes no value`);
  },
  write: (value) => (value === true ? success('') : failure('it is not true: leave the field out instead')),
  check: () => [],
};

/** A keyword alone, standing for `bare`, or with one word. */
export function optional<B, T>(bare: B, codec: Codec<T>): Form<B | T> {
  const single = one(codec);
  return {
    read: (words, statement) => (words.length === 0 ? accept<B | T>(bare) : single.read(words, statement)),
    write: (value) => (value === bare ? success('') : codec.write(value as T)),
    check: (value) => (value === bare ? [] : checkWith(codec, value as T)),
  };
}

/** A truth value; the keyword alone means true, and is written `on`. */
export function truth(codec: Codec<boolean>): Form<boolean> {
  return { ...one(codec), read: optional(true, codec).read };
}

/** One or more words. */
export function many<T>(codec: Codec<T>): Form<readonly T[]> {
  return {
    read: (words, statement) => {
      if (words.length === 0)
        return refuse(statement, `'${shorten(statement.source)}' needs at least one value: add one`);
      const values: T[] = [];
      for (const found of words) {
        const read = codec.read(found);
        if (!read.ok) return fromResult(found, read, found.text);
        values.push(read.value);
      }
      return accept<readonly T[]>(values);
    },
    write: (values) =>
      Array.isArray(values) && values.length > 0
        ? joinWritten(values.map((value) => codec.write(value)))
        : failure('it is not a list of at least one value'),
    check: (values) =>
      values.flatMap((value, index) =>
        checkWith(codec, value).map((fault) => ({ at: `[${index}]`, message: fault.message })),
      ),
  };
}

/** Words that were written, as a line; the first failure if there is one. */
export function joinWritten(written: readonly Result<string>[]): Result<string> {
  const words: string[] = [];
  for (const each of written) {
    if (!each.ok) return each;
    if (each.value !== '') words.push(each.value);
  }
  return success(words.join(' '));
}
