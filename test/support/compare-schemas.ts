import { fieldPath, type Schema } from '../../src/schema/model.ts';

/**
 * Pure: why an object that `before` takes may be refused, or mean something else, by `after`: one line per field, none when everything that was
 * valid stays so. Rules, patterns and formats that differ count as narrower: nobody can tell by looking at them.
 */
export function narrowings(before: Schema, after: Schema, path = ''): readonly string[] {
  return [
    ...Object.entries(judgeField(before, after)).flatMap(([what, isNarrower]) =>
      isNarrower ? [`${path}: ${what}`] : [],
    ),
    ...children(before, after, path).flatMap(([a, b, at]) =>
      b === undefined ? [`${at}: gone`] : narrowings(a, b, at),
    ),
  ];
}

/** Pure: fields and values of enumerations that only `after` has: what a reader with `before` does not understand. */
export function additions(before: Schema, after: Schema, path = ''): readonly string[] {
  const values = (after.enum ?? []).filter((value) => before.enum !== undefined && !before.enum.includes(value));
  return [
    ...values.map((value) => `${path} = ${value}`),
    ...children(after, before, path).flatMap(([b, a, at]) => (a === undefined ? [at] : additions(a, b, at))),
  ];
}

function judgeField(before: Schema, after: Schema): Readonly<Record<string, boolean>> {
  const lower = (key: 'maximum' | 'maxLength' | 'maxItems' | 'maxProperties') =>
    (after[key] ?? Number.POSITIVE_INFINITY) < (before[key] ?? Number.POSITIVE_INFINITY);
  const higher = (key: 'minimum' | 'minLength' | 'minItems') =>
    (after[key] ?? Number.NEGATIVE_INFINITY) > (before[key] ?? Number.NEGATIVE_INFINITY);
  const other = (key: 'type' | 'x-kubernetes-list-type') => after[key] !== before[key];
  const fresh = (key: 'pattern' | 'format') => after[key] !== undefined && after[key] !== before[key];
  const rules = new Set(before['x-kubernetes-validations']?.map(({ rule }) => rule));
  return {
    'another type': other('type') || other('x-kubernetes-list-type'),
    'more is required': (after.required ?? []).some((key) => !before.required?.includes(key)),
    'fewer values': after.enum !== undefined && !(before.enum ?? ['']).every((value) => after.enum?.includes(value)),
    'another pattern or format': fresh('pattern') || fresh('format'),
    'lower limits': lower('maximum') || lower('maxLength') || lower('maxItems') || lower('maxProperties'),
    'higher limits': higher('minimum') || higher('minLength') || higher('minItems'),
    'another default': JSON.stringify(after.default) !== JSON.stringify(before.default),
    'another rule': (after['x-kubernetes-validations'] ?? []).some(({ rule }) => !rules.has(rule)),
    'unknown fields are dropped': isOpen(before) && !isOpen(after),
  };
}

const isOpen = (schema: Schema) => schema['x-kubernetes-preserve-unknown-fields'] === true;

type Child = readonly [one: Schema, other: Schema | undefined, path: string];

/** What is inside `one`, beside the same of `other`. */
function children(one: Schema, other: Schema, path: string): readonly Child[] {
  const fields = Object.entries(one.properties ?? {}).map(
    ([key, child]): Child => [child, isOpen(other) ? child : other.properties?.[key], fieldPath(path, key)],
  );
  return [
    ...fields,
    ...(one.items === undefined ? [] : [[one.items, other.items, `${path}[]`] as const]),
    ...(one.additionalProperties === undefined
      ? []
      : [[one.additionalProperties, other.additionalProperties, `${path}{}`] as const]),
  ];
}
