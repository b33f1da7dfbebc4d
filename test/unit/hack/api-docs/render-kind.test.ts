import { expect, it } from 'vitest';
import { renderKind } from '../../../../hack/api-docs/render-kind.ts';

const page = renderKind({
  file: 'things.yaml',
  kind: 'BigThing',
  plural: 'bigthings',
  shortNames: ['bt'],
  scope: 'Cluster',
  version: 'v1alpha1',
  hasStatusSubresource: true,
  columns: [
    { name: 'Mode', jsonPath: '.spec.mode' },
    { name: 'Why', jsonPath: '.status.why', priority: 1 },
  ],
  schema: {
    description: 'A big thing.',
    type: 'object',
    required: ['spec'],
    properties: {
      metadata: { type: 'object' },
      spec: {
        type: 'object',
        required: ['mode'],
        'x-kubernetes-validations': [{ rule: 'a || b', message: 'a or b <is> needed' }, { rule: 'self.x' }],
        properties: {
          mode: { type: 'string', enum: ['A', 'B'], default: 'A', description: 'Which | what.' },
          sizes: {
            type: 'array',
            minItems: 1,
            maxItems: 4,
            'x-kubernetes-list-type': 'set',
            items: { type: 'integer', format: 'int32', minimum: 1, maximum: 9 },
          },
          labels: {
            type: 'object',
            maxProperties: 16,
            additionalProperties: { type: 'string', maxLength: 63, pattern: '^a|b$' },
          },
          peers: {
            type: 'array',
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['name'],
            items: { type: 'object', properties: { name: { type: 'string', minLength: 1 } } },
          },
        },
      },
    },
  },
});

it('a page has the name of its kind, its names, its columns and its source', () => {
  expect(page.name).toBe('bigthing.md');
  expect(page.text).toContain('# BigThing\n\n<!-- Made from config/crd/things.yaml by hack/update-api-docs.sh');
  expect(page.text).toContain(
    '| scope | cluster |\n| names for kubectl | `bigthings`, `bt` |\n| status | a subresource |',
  );
  expect(page.text).toContain('| Mode | `.spec.mode` |  |\n| Why | `.status.why` | with `-o wide` |');
  expect(page.text).not.toContain('metadata');
});

it('a page has a row for every field, with type, default, limits and the words of its rules', () => {
  expect(page.text.split('\n').filter((line) => line.startsWith('| `spec'))).toEqual([
    '| `spec` | object, required |  | “a or b \\<is\\> needed”<br>`self.x` |  |',
    '| `spec.mode` | string, required | `"A"` | `A`, `B` | Which \\| what. |',
    '| `spec.sizes` | list of integer |  | 1 to 4 items<br>no two alike |  |',
    '| `spec.sizes[]` | integer (int32) |  | 1 to 9 |  |',
    '| `spec.labels` | map of string |  | at most 16 keys |  |',
    '| `spec.labels{}` | string |  | at most 63 characters<br>matches `^a\\|b$` |  |',
    '| `spec.peers` | list of object |  | one for each `name` |  |',
    '| `spec.peers[]` | object |  |  |  |',
    '| `spec.peers[].name` | string |  | at least 1 character |  |',
  ]);
});
