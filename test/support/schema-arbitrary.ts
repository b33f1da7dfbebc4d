import fc from 'fast-check';
import type { Schema } from './schema.ts';

/** Text that fits the fields named so: without it nothing generated would ever be a CIDR or a label that something has. */
export type Likely = Readonly<Record<string, readonly string[]>>;

/** Objects that pass the schema (its CEL rules are not looked at), small ones mostly, now and then at the limits. */
export function fromSchema(schema: Schema, likely: Likely, key = ''): fc.Arbitrary<unknown> {
  switch (schema.type) {
    case 'string':
      return text(schema, likely[key] ?? []);
    case 'integer':
      return number(schema);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return list(schema, likely, key);
    case 'object':
      return record(schema, likely, key);
  }
}

function text(schema: Schema, likely: readonly string[]): fc.Arbitrary<string> {
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const { minLength = 0, maxLength = 300 } = schema;
  const fits = (value: string) => {
    const matches = schema.pattern === undefined || new RegExp(schema.pattern).test(value);
    return matches && value.length >= minLength && value.length <= maxLength;
  };
  const hostile = ['constructor', 'toString', '__proto__', '', '0', 'a'.repeat(maxLength), '$&', '{route}', '%s'];
  const known = [...likely, ...hostile].filter(fits);
  const free =
    schema.pattern === undefined
      ? fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 20) })
      : fc.stringMatching(new RegExp(schema.pattern), { size: '-1' }).filter(fits);
  return known.length === 0
    ? free
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: free });
}

function number({ minimum = -(2 ** 31), maximum = 2 ** 31 - 1 }: Schema): fc.Arbitrary<number> {
  return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum));
}

function list(schema: Schema, likely: Likely, key: string): fc.Arbitrary<unknown[]> {
  if (schema.items === undefined) throw new Error(`${key}: a list of what?`);
  const { minItems = 0, maxItems = 3 } = schema;
  const item = fromSchema(schema.items, likely, key);
  const few = fc.array(item, { minLength: minItems, maxLength: Math.min(maxItems, minItems + 2) });
  const many = item.map((value) => new Array<unknown>(maxItems).fill(value));
  return fc.oneof({ weight: 20, arbitrary: few }, { weight: 1, arbitrary: many });
}

function record(schema: Schema, likely: Likely, key: string): fc.Arbitrary<unknown> {
  const { properties, additionalProperties, required = [], maxProperties = 3 } = schema;
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([name, field]) => [name, fromSchema(field, likely, name)] as const);
    return fc.record(Object.fromEntries(fields), { requiredKeys: [...required] });
  }
  if (additionalProperties === undefined) return fc.constant({});
  const names = fc.constantFrom(...(likely[`${key} keys`] ?? []), 'constructor', '__proto__', 'hasOwnProperty');
  return fc
    .array(fc.tuple(names, fromSchema(additionalProperties, likely, key)), { maxLength: Math.min(maxProperties, 2) })
    .map((entries) => Object.fromEntries(entries));
}
