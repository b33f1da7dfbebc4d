import type { CrdPage, Schema } from '../types/crd-schema.ts';
import { code, type DocFile, generatedNote, textCell, wrapTable } from './markdown.ts';

/** The page of one kind: what it is, its columns, and a row for every field of spec and status. */
export function renderKind(crd: CrdPage): DocFile {
  const { kind, schema } = crd;
  const parts = Object.entries(schema.properties ?? {}).filter(([name]) => name === 'spec' || name === 'status');
  const required = new Set(schema.required);
  const text = [
    `# ${kind}\n`,
    generatedNote(`config/crd/${crd.file}`),
    `${schema.description ?? ''}\n`,
    headTable(crd),
    columnTable(crd),
    ...parts.map(([name, part]) => renderPart(name, part, required.has(name))),
    'See also: [conditions and reasons](conditions.md), [all kinds](README.md).\n',
  ].join('\n');
  return { name: `${kind.toLowerCase()}.md`, text };
}

function headTable({ kind, plural, shortNames, scope, version, hasStatusSubresource }: CrdPage): string {
  const names = [plural, ...shortNames].map(code).join(', ');
  return wrapTable(
    ['', ''],
    [
      ['apiVersion, kind', `${code(`sallyport.dev/${version}`)}, ${code(kind)}`],
      ['scope', scope === 'Cluster' ? 'cluster' : 'namespace'],
      ['names for kubectl', names],
      ['status', hasStatusSubresource ? 'a subresource' : 'no subresource'],
    ],
  );
}

function columnTable({ columns }: CrdPage): string {
  const rows = columns.map(({ name, jsonPath, priority = 0 }) => [
    name,
    code(jsonPath),
    priority > 0 ? 'with `-o wide`' : '',
  ]);
  return rows.length === 0 ? '' : `## What \`kubectl get\` shows\n\n${wrapTable(['column', 'is', ''], rows)}`;
}

function renderPart(name: string, part: Schema, isRequired: boolean): string {
  const rows = fieldRows(name, part, isRequired).map(({ path, type, schema, required }) => [
    code(path),
    `${type}${required ? ', required' : ''}`,
    schema.default === undefined ? '' : code(JSON.stringify(schema.default)),
    [...limitsOf(schema), ...messagesOf(schema)].join('<br>'),
    textCell(schema.description ?? ''),
  ]);
  return `## ${name}\n\n${wrapTable(['field', 'type', 'default', 'allowed', 'what it says'], rows)}`;
}

interface FieldRow {
  readonly path: string;
  readonly type: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** Every field below and with `schema`, in the order of the schema; `[]` stands for the items of a list, `{}` for the values of a map. */
function fieldRows(path: string, schema: Schema, required: boolean): readonly FieldRow[] {
  const own = { path, type: typeOf(schema), schema, required };
  const needed = new Set(schema.required);
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    fieldRows(`${path}.${name}`, child, needed.has(name)),
  );
  const items = schema.items === undefined ? [] : fieldRows(`${path}[]`, schema.items, false);
  const values =
    schema.additionalProperties === undefined ? [] : fieldRows(`${path}{}`, schema.additionalProperties, false);
  return [own, ...inner, ...items, ...values];
}

function typeOf({ type, items, additionalProperties, format }: Schema): string {
  if (items !== undefined) return `list of ${items.type}`;
  if (additionalProperties !== undefined) return `map of ${additionalProperties.type}`;
  return format === undefined ? `${type}` : `${type} (${format})`;
}

function limitsOf(schema: Schema): readonly string[] {
  const { minLength, maxLength, minItems, maxItems, maxProperties, minimum, maximum, pattern } = schema;
  const keys = schema['x-kubernetes-list-map-keys'];
  return [
    ...(schema.enum === undefined ? [] : [schema.enum.map(code).join(', ')]),
    ...between(minimum, maximum),
    ...between(minLength, maxLength, 'character'),
    ...between(minItems, maxItems, 'item'),
    ...between(undefined, maxProperties, 'key'),
    ...(pattern === undefined ? [] : [`matches ${code(pattern)}`]),
    ...(keys === undefined ? [] : [`one for each ${keys.map(code).join(', ')}`]),
    ...(schema['x-kubernetes-list-type'] === 'set' ? ['no two alike'] : []),
  ];
}

function between(least: number | undefined, most: number | undefined, noun?: string): readonly string[] {
  const count = (number: number) => (noun === undefined ? `${number}` : `${number} ${noun}${number === 1 ? '' : 's'}`);
  if (most === undefined) return least === undefined ? [] : [`at least ${count(least)}`];
  return [least === undefined ? `at most ${count(most)}` : `${least} to ${count(most)}`];
}

/** What the API server says when it refuses a value; a rule without words of its own shows itself. */
function messagesOf(schema: Schema): readonly string[] {
  return (schema['x-kubernetes-validations'] ?? []).map(({ rule, message }) =>
    message === undefined ? code(rule) : `“${textCell(message)}”`,
  );
}
