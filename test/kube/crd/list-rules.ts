/** One CEL rule of a CRD: where it stands (`spec.rules[].matches[]`, '' for the whole object) and the message that it answers with. */
export interface CelRule {
  readonly path: string;
  readonly message: string;
}

/** One field of a CRD and whether it says what it is. */
export interface DescribedField {
  readonly path: string;
  readonly described: boolean;
}

type Node = Readonly<Record<string, unknown>>;

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every schema below `schema` with its path, `schema` itself first; unknown, because it is read from YAML. */
function* walk(schema: unknown, path = ''): Generator<{ readonly path: string; readonly schema: Node }> {
  if (!isNode(schema)) return;
  yield { path, schema };
  for (const [name, property] of Object.entries(isNode(schema['properties']) ? schema['properties'] : {})) {
    yield* walk(property, path === '' ? name : `${path}.${name}`);
  }
  yield* walk(schema['items'], `${path}[]`);
  yield* walk(schema['additionalProperties'], `${path}{}`);
}

/** Every x-kubernetes-validations rule below `schema`. */
export function listRules(schema: unknown): readonly CelRule[] {
  return [...walk(schema)].flatMap(({ path, schema: node }) => {
    const rules = node['x-kubernetes-validations'];
    return Array.isArray(rules)
      ? rules.map((rule: unknown) => ({ path, message: String(isNode(rule) ? rule['message'] : rule) }))
      : [];
  });
}

/** Every field that `kubectl explain` can show. */
export function listFields(schema: unknown): readonly DescribedField[] {
  return [...walk(schema)]
    .filter(({ path }) => path !== 'metadata' && !path.endsWith('{}'))
    .map(({ path, schema: node }) => ({ path, described: String(node['description'] ?? '').length > 3 }));
}

/** Every list and text below `schema` that has no upper bound, but the names of API machinery: each costs unbounded memory and CEL budget. */
export function listUnbounded(schema: unknown): readonly string[] {
  return [...walk(schema)]
    .filter(({ path }) => path !== 'apiVersion' && path !== 'kind')
    .filter(({ schema: node }) => {
      if (node['type'] === 'string') return node['maxLength'] === undefined && node['enum'] === undefined;
      if (node['type'] === 'array')
        return node['maxItems'] === undefined || node['x-kubernetes-list-type'] === undefined;
      return node['additionalProperties'] !== undefined && node['maxProperties'] === undefined;
    })
    .map(({ path }) => path);
}
