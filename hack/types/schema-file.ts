import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);

/** Where the schemas live that `sallyport validate` goes by. */
export const schemaFile = new URL('src/schema/crds.json', root);

// What Sallyport writes itself is in nobody's manifests.
const written = new Set(['EgressAddressClaim', 'EgressNode', 'EgressNodeReport', 'EgressPlacement', 'EgressRuleSet']);
const unneeded = new Set(['description', 'x-kubernetes-map-type']);
const ofEveryObject = ['apiVersion', 'kind', 'metadata', 'status'];

/** The text of that file: by kind, the schema of config/crd without words and without what every object has. */
export async function renderSchemaFile(): Promise<string> {
  const folder = new URL('config/crd/', root);
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .sort();
  const crds = await Promise.all(names.map(async (name) => parse(await readFile(new URL(name, folder), 'utf8'))));
  const schemas = crds
    .filter(({ spec }) => !written.has(spec.names.kind))
    .map(({ spec }) => [spec.names.kind, withoutMetadata(prune(spec.versions[0].schema.openAPIV3Schema))]);
  return `${JSON.stringify(Object.fromEntries(schemas), undefined, 1)}\n`;
}

// Names of properties are no keywords: a field may be called description.
function prune(schema: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
    if (unneeded.has(key)) return [];
    if (key === 'properties') return [[key, mapValues(value as Record<string, never>, prune)]];
    if (key === 'items' || key === 'additionalProperties') return [[key, prune(value as Record<string, unknown>)]];
    if (key === 'x-kubernetes-validations') return [[key, (value as CelRule[]).map(pruneRule)]];
    return [[key, value]];
  });
  return Object.fromEntries(entries);
}

interface CelRule {
  readonly rule: string;
  readonly message: string;
}

function pruneRule({ rule, message }: CelRule): CelRule {
  return { rule: rule.trim(), message: message.trim() };
}

function mapValues<V, R>(map: Record<string, V>, change: (value: V) => R): Record<string, R> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

function withoutMetadata({ properties, required, ...rest }: Record<string, unknown>): Record<string, unknown> {
  const own = Object.entries(properties as object).filter(([key]) => !ofEveryObject.includes(key));
  return {
    ...rest,
    properties: Object.fromEntries(own),
    required: ((required ?? []) as string[]).filter((key) => !ofEveryObject.includes(key)),
  };
}
