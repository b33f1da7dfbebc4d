import type { ParseError, Statement } from './scan.ts';

/** What a statement means for its section, or what is wrong with it. */
export type Reader<T> = (statement: Statement, errors: ParseError[]) => Partial<T> | string;

/** Readers by keyword. */
export type Readers<T> = Readonly<Record<string, Reader<T>>>;

/** The fields of a section; a keyword that is unknown or comes twice is an error, but those of `many`, whose lists are joined. */
export function readSection<T extends object>(
  section: Pick<Statement, 'body' | 'line' | 'words'>,
  { readers, many = [] }: { readonly readers: Readers<T>; readonly many?: readonly (keyof T & string)[] },
  errors: ParseError[],
): Partial<T> {
  const fields = new Map<string, unknown>();
  for (const statement of section.body ?? []) {
    const [keyword = ''] = statement.words;
    const reader = Object.hasOwn(readers, keyword) ? readers[keyword] : undefined;
    const read = reader === undefined ? `'${keyword}' is not known here` : reader(statement, errors);
    if (typeof read === 'string') {
      errors.push({ line: statement.line, message: read });
      continue;
    }
    for (const [name, value] of Object.entries(read)) {
      const before = fields.get(name);
      if (before === undefined) fields.set(name, value);
      else if (many.some((each) => each === name) && Array.isArray(before) && Array.isArray(value))
        fields.set(name, [...before, ...value]);
      else errors.push({ line: statement.line, message: `'${keyword}' is given twice` });
    }
  }
  return Object.fromEntries(fields) as Partial<T>;
}

/** `Keyword VALUE` whose value is read by `parse`; undefined from it: not what is expected. */
export function value<T>(name: keyof T & string, expected: string, parse: (word: string) => unknown): Reader<T> {
  return ({ words: [keyword, word, ...more], body }) => {
    const read = word === undefined || more.length > 0 || body !== undefined ? undefined : parse(word);
    return read === undefined ? `'${keyword}' needs ${expected}` : ({ [name]: read } as Partial<T>);
  };
}

const flagOf = (word: string) => (/^(on|yes)$/i.test(word) ? true : /^(off|no)$/i.test(word) ? false : undefined);

export const flag = <T>(name: keyof T & string): Reader<T> => value<T>(name, 'on or off', flagOf);
export const flagOrPath = <T>(name: keyof T & string): Reader<T> =>
  value<T>(name, 'on, off or a path', (word) => flagOf(word) ?? (word.startsWith('/') ? word : undefined));
export const number = <T>(name: keyof T & string): Reader<T> =>
  value<T>(name, 'a number', (word) => (/^\d{1,10}$/.test(word) ? Number(word) : undefined));
export const text = <T>(name: keyof T & string): Reader<T> => value<T>(name, 'one word', (word) => word);
export const oneOf = <T>(name: keyof T & string, words: readonly string[]): Reader<T> =>
  value<T>(name, words.join(' or '), (word) => (words.includes(word) ? word : undefined));

/** Says which of the fields that a section cannot do without are missing; true when none is. */
export function isWhole<T extends object>(
  fields: Partial<T>,
  needed: readonly (keyof T & string)[],
  { section, errors }: { readonly section: Pick<Statement, 'line' | 'words'>; readonly errors: ParseError[] },
): fields is T {
  const missing = needed.filter((name) => fields[name] === undefined);
  for (const name of missing)
    errors.push({ line: section.line, message: `'${section.words.join(' ')}' lacks ${name}` });
  return missing.length === 0;
}
