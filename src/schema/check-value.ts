import { propertyOf } from './fill-defaults.ts';
import { fieldPath, isObject, type Problem, type Schema } from './model.ts';

/** What of `value` the schema refuses, in the order of the value: types, limits, patterns, unknown fields, double entries. CEL: `check-rules.ts`. */
export function checkValue(schema: Schema, value: unknown, path: string): readonly Problem[] {
  switch (schema.type) {
    case 'object':
      return isObject(value) ? checkObject(schema, value, path) : [wrongType(path, 'an object', value)];
    case 'array':
      return Array.isArray(value) ? checkList(schema, value, path) : [wrongType(path, 'a list', value)];
    case 'string':
      return typeof value === 'string' ? checkText(schema, value, path) : [wrongType(path, 'a string', value)];
    case 'integer':
      return Number.isSafeInteger(value)
        ? checkNumber(schema, value as number, path)
        : [wrongType(path, 'a whole number', value)];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [wrongType(path, 'true or false', value)];
  }
}

function wrongType(path: string, wanted: string, value: unknown): Problem {
  const found =
    value === null
      ? 'nothing'
      : Array.isArray(value)
        ? 'a list'
        : isObject(value)
          ? 'an object'
          : JSON.stringify(value);
  return { path, message: `must be ${wanted}, not ${found}` };
}

function checkObject(schema: Schema, value: Readonly<Record<string, unknown>>, path: string): readonly Problem[] {
  const keys = Object.keys(value);
  const missing = (schema.required ?? []).filter((key) => value[key] === undefined);
  const most = schema.maxProperties ?? Number.POSITIVE_INFINITY;
  return [
    ...missing.map((key) => ({ path: fieldPath(path, key), message: 'is required' })),
    ...(keys.length > most ? [{ path, message: `must have at most ${most} entries, not ${keys.length}` }] : []),
    ...keys.flatMap((key) => {
      const inner = propertyOf(schema, key) ?? schema.additionalProperties;
      const at = fieldPath(path, key);
      if (inner !== undefined) return checkValue(inner, value[key], at);
      return schema['x-kubernetes-preserve-unknown-fields'] === true ? [] : [unknownField(schema, key, at)];
    }),
  ];
}

function unknownField({ properties = {} }: Schema, key: string, path: string): Problem {
  const near = Object.keys(properties).find((name) => name.toLowerCase() === key.toLowerCase());
  const known = Object.keys(properties).sort().join(', ');
  const hint = near !== undefined ? `: write ${near}` : known === '' ? '' : `: known here are ${known}`;
  return { path, message: `is an unknown field${hint}` };
}

function checkList(schema: Schema, value: readonly unknown[], path: string): readonly Problem[] {
  const { items, minItems = 0, maxItems = Number.POSITIVE_INFINITY } = schema;
  const at = (index: number) => `${path}[${index}]`;
  return [
    ...(value.length < minItems ? [{ path, message: `must have at least ${count(minItems)}` }] : []),
    ...(value.length > maxItems
      ? [{ path, message: `must have at most ${count(maxItems)}, not ${value.length}` }]
      : []),
    ...value.flatMap((item, index) => (items === undefined ? [] : checkValue(items, item, at(index)))),
    ...doubleEntries(schema, value).map((index) => ({ path: at(index), message: 'is there twice' })),
  ];
}

const count = (number: number): string => (number === 1 ? 'one entry' : `${number} entries`);

// The places of entries that an earlier one has the key of (x-kubernetes-list-type: set, map).
function doubleEntries(schema: Schema, value: readonly unknown[]): readonly number[] {
  const kind = schema['x-kubernetes-list-type'];
  if (kind !== 'set' && kind !== 'map') return [];
  const names = schema['x-kubernetes-list-map-keys'] ?? [];
  const keyOf = (item: unknown): string =>
    JSON.stringify(kind === 'set' || !isObject(item) ? item : names.map((name) => item[name] ?? null));
  const keys = value.map(keyOf);
  return keys.flatMap((key, index) => (keys.indexOf(key) < index ? [index] : []));
}

// The API server counts Unicode characters, as JSON schema does; JavaScript counts UTF-16.
function checkText(schema: Schema, value: string, path: string): readonly Problem[] {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema;
  const length = [...value].length;
  const refusals = [
    length < minLength ? (minLength === 1 ? 'must not be empty' : `must have at least ${minLength} characters`) : '',
    length > maxLength ? `must have at most ${maxLength} characters, not ${length}` : '',
    schema.enum !== undefined && !schema.enum.includes(value)
      ? `must be one of ${schema.enum.join(', ')}, not ${JSON.stringify(value)}`
      : '',
    pattern !== undefined && !new RegExp(pattern).test(value)
      ? `must match ${pattern}, which ${JSON.stringify(value)} does not`
      : '',
    format === 'date-time' && Number.isNaN(Date.parse(value)) ? 'must be a time as RFC 3339 writes it' : '',
  ];
  return refusals.filter((message) => message !== '').map((message) => ({ path, message }));
}

const int32 = 2 ** 31;

function checkNumber(schema: Schema, value: number, path: string): readonly Problem[] {
  const bound = schema.format === 'int32' ? int32 : Number.POSITIVE_INFINITY;
  const lowest = schema.minimum ?? -bound;
  const highest = schema.maximum ?? bound - 1;
  if (value < lowest) return [{ path, message: `must be at least ${lowest}, not ${value}` }];
  return value > highest ? [{ path, message: `must be at most ${highest}, not ${value}` }] : [];
}
