import type { Evaluate } from './cel.ts';
import { propertyOf } from './fill-defaults.ts';
import { fieldPath, isObject, type Problem, type Schema } from './model.ts';

/** The CEL rules of the schema that `value` breaks, inner fields first; call it with a value that `checkValue` has nothing against. */
export function checkRules(evaluate: Evaluate, schema: Schema, value: unknown, path: string): readonly Problem[] {
  const inner = innerFields(schema, value, path).flatMap(([field, own, at]) => checkRules(evaluate, field, own, at));
  const rules = schema['x-kubernetes-validations'] ?? [];
  if (rules.length === 0) return inner;
  const self = celValue(schema, value);
  const broken = rules.filter(({ rule }) => !evaluate(rule, self));
  return [...inner, ...broken.map(({ message }) => ({ path, message }))];
}

function innerFields(schema: Schema, value: unknown, path: string): (readonly [Schema, unknown, string])[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? [] : value.map((item, index) => [items, item, `${path}[${index}]`] as const);
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, field]) => {
    const inner = propertyOf(schema, key) ?? schema.additionalProperties;
    return inner === undefined ? [] : [[inner, field, fieldPath(path, key)] as const];
  });
}

/** Words of CEL, which the API server escapes in field names as "__word__" (apiextensions.k8s.io/v1 ValidationRule). */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

// Integers are CEL's int, and fields of fixed names are escaped; keys of maps are not.
function celValue(schema: Schema, value: unknown): unknown {
  if (schema.type === 'integer' && typeof value === 'number') return BigInt(value);
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => celValue(items, item));
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, field]) => {
    const own = propertyOf(schema, key);
    const inner = own ?? schema.additionalProperties;
    const name = own !== undefined && reserved.has(key) ? `__${key}__` : key;
    return [name, inner === undefined ? field : celValue(inner, field)] as const;
  });
  return Object.fromEntries(entries);
}
