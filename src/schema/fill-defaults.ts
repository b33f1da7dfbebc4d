import { isObject, type Schema } from './model.ts';

/** A value with the schema's defaults where fields are absent, as the API server stores it; what does not fit the schema stays as it is. */
export function fillDefaults(schema: Schema, value: unknown): unknown {
  if (schema.type === 'array' && Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => fillDefaults(items, item));
  }
  if (schema.type !== 'object' || !isObject(value)) return value;
  const filled: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const inner = propertyOf(schema, key) ?? schema.additionalProperties;
    // Null stands for absent where a default is known (apiextensions.k8s.io/v1: defaulting and nullable).
    const isAbsent = field === null && inner?.default !== undefined;
    filled[key] = inner === undefined || isAbsent ? (inner?.default ?? field) : fillDefaults(inner, field);
  }
  for (const [key, inner] of Object.entries(schema.properties ?? {})) {
    if (!Object.hasOwn(filled, key) && inner.default !== undefined) filled[key] = fillDefaults(inner, inner.default);
  }
  return filled;
}

/** The schema of a named property; undefined for what is only inherited by JavaScript's objects. */
export function propertyOf({ properties }: Schema, key: string): Schema | undefined {
  return properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
}
