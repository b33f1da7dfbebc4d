import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** The part of OpenAPI v3 that our CRDs use. */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

/** The schema of `spec` or `status` of one of our kinds, by its plural. */
export function readSchema(plural: string, part: 'spec' | 'status'): Schema {
  const path = join(import.meta.dirname, '../../config/crd', `${plural}.yaml`);
  const schema: Schema | undefined = parse(readFileSync(path, 'utf8')).spec.versions[0].schema.openAPIV3Schema
    .properties[part];
  if (schema === undefined) throw new Error(`${plural} has no ${part}`);
  return schema;
}

/** What of `value` the schema refuses, by path; CEL rules are not looked at. */
export function refusals(schema: Schema, value: unknown, at = ''): readonly string[] {
  const refuse = (isWrong: boolean, why: string) => (isWrong ? [`${at}: ${why}`] : []);
  switch (schema.type) {
    case 'string':
      if (typeof value !== 'string') return [`${at}: no string`];
      return [
        ...refuse(value.length < (schema.minLength ?? 0), 'too short'),
        ...refuse(value.length > (schema.maxLength ?? Number.POSITIVE_INFINITY), 'too long'),
        ...refuse(schema.pattern !== undefined && !new RegExp(schema.pattern).test(value), 'does not match'),
        ...refuse(schema.enum !== undefined && !schema.enum.includes(value), 'is none of the enum'),
      ];
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) return [`${at}: no integer`];
      return [
        ...refuse(value < (schema.minimum ?? Number.NEGATIVE_INFINITY), 'too small'),
        ...refuse(value > (schema.maximum ?? Number.POSITIVE_INFINITY), 'too big'),
      ];
    case 'boolean':
      return refuse(typeof value !== 'boolean', 'no boolean');
    case 'array':
      if (!Array.isArray(value)) return [`${at}: no list`];
      return [
        ...refuse(value.length < (schema.minItems ?? 0), 'too few'),
        ...refuse(value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY), 'too many'),
        ...value.flatMap((item, index) => (schema.items ? refusals(schema.items, item, `${at}[${index}]`) : [])),
      ];
    case 'object':
      return refuseObject(schema, value, at);
  }
}

function refuseObject(schema: Schema, value: unknown, at: string): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at}: no object`];
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  const missing = (schema.required ?? []).filter((key) => !entries.some(([own]) => own === key));
  const tooMany = entries.length > (schema.maxProperties ?? Number.POSITIVE_INFINITY);
  return [
    ...missing.map((key) => `${at}.${key}: is missing`),
    ...(tooMany ? [`${at}: too many`] : []),
    ...entries.flatMap(([key, field]) => {
      const known = schema.properties !== undefined && Object.hasOwn(schema.properties, key);
      const inner = known ? schema.properties?.[key] : schema.additionalProperties;
      return inner === undefined ? [`${at}.${key}: is unknown`] : refusals(inner, field, `${at}.${key}`);
    }),
  ];
}
