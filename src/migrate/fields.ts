import { formatPath, type Path } from '../manifests/path.ts';
import type { SourceObject } from './read-documents.ts';

/** A field that is not what it must be: the object cannot be translated. The message begins with the field's path. */
export class FieldError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'FieldError';
    this.line = line;
  }
}

/** The fields of one map of an object, by type: absent and null are undefined, another type throws FieldError. */
export interface Fields {
  /** The path of a field for messages: "spec.selectors[0].podSelector". */
  at(key: string): string;
  keys(): readonly string[];
  text(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  integer(key: string): number | undefined;
  /** A list of strings; empty when absent. */
  texts(key: string): readonly string[];
  map(key: string): Fields | undefined;
  list(key: string): readonly Fields[] | undefined;
  /** A map of strings, as labels and annotations are. */
  labels(key: string): Readonly<Record<string, string>> | undefined;
  /** Throws FieldError for `key`, which `problem` is about. */
  refuse(key: string, problem: string): never;
}

/** The fields of an object from its top on. */
export function openFields(object: SourceObject): Fields {
  return fieldsAt(object, object.fields, []);
}

/** A field that must be there. */
export function needed<T>(fields: Fields, key: string, value: T | undefined): T {
  return value === undefined ? fields.refuse(key, 'is missing') : value;
}

type Data = Readonly<Record<string, unknown>>;

function fieldsAt(object: SourceObject, data: Data, path: Path): Fields {
  const refuse = (inner: Path, problem: string): never => {
    const whole = [...path, ...inner];
    throw new FieldError(object.lineOf(whole), `${formatPath(whole)} ${problem}`);
  };
  const get = (key: string): unknown => (Object.hasOwn(data, key) ? (data[key] ?? undefined) : undefined);
  const typed = <T>(key: string, check: (value: unknown) => value is T, wanted: string): T | undefined => {
    const value = get(key);
    return value === undefined || check(value) ? value : refuse([key], `is ${describe(value)}, not ${wanted}`);
  };
  const each = <T>(key: string, check: (value: unknown) => value is T, wanted: string): readonly T[] =>
    (typed(key, isList, 'a list') ?? []).map((item, index) =>
      check(item) ? item : refuse([key, index], `is ${describe(item)}, not ${wanted}`),
    );
  return {
    at: (key) => formatPath([...path, key]),
    keys: () => Object.keys(data).filter((key) => get(key) !== undefined),
    text: (key) => typed(key, isText, 'a string'),
    flag: (key) => typed(key, isFlag, 'true or false'),
    integer: (key) => typed(key, isInteger, 'a whole number'),
    texts: (key) => each(key, isText, 'a string'),
    map: (key) => {
      const value = typed(key, isData, 'a map');
      return value === undefined ? undefined : fieldsAt(object, value, [...path, key]);
    },
    list: (key) =>
      get(key) === undefined
        ? undefined
        : each(key, isData, 'a map').map((item, index) => fieldsAt(object, item, [...path, key, index])),
    labels: (key) => {
      const value = typed(key, isData, 'a map');
      if (value === undefined) return undefined;
      const wrong = Object.entries(value).find(([, item]) => !isText(item));
      if (wrong !== undefined) refuse([key, wrong[0]], `is ${describe(wrong[1])}, not a string: put it in quotes`);
      return value as Readonly<Record<string, string>>;
    },
    refuse: (key, problem) => refuse([key], problem),
  };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean';
const isInteger = (value: unknown): value is number => Number.isInteger(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isData = (value: unknown): value is Data => typeof value === 'object' && value !== null && !Array.isArray(value);

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  return `the ${typeof value} ${JSON.stringify(value)}`;
}
