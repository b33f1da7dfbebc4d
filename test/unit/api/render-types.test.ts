import { expect, test } from 'vitest';
import { renderTypes } from '../../../hack/types/render-types.ts';

const render = (schema: Parameters<typeof renderTypes>[0]['schema']) =>
  renderTypes({ file: 'things.yaml', kind: 'BigThing', schema });

test('every kind of schema becomes a readonly type', () => {
  const { name, text } = render({
    type: 'object',
    properties: {
      metadata: { type: 'object' },
      spec: {
        description: 'What */ is wanted.',
        type: 'object',
        required: ['mode', 'sizes'],
        properties: {
          mode: { type: 'string', enum: ['A', 'B'] },
          modes: { type: 'array', items: { type: 'string', enum: ['A', 'B'] } },
          sizes: { type: 'array', items: { type: 'array', items: { type: 'integer' } } },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          selector: {
            type: 'object',
            properties: { matchLabels: { type: 'object' }, matchExpressions: { type: 'array' } },
          },
          on: { description: 'Whether.', type: 'boolean' },
        },
      },
    },
  });
  expect(name).toBe('big-thing.ts');
  expect(text).toBe(`// Made from config/crd/things.yaml by hack/update-types.sh; a test fails when the two differ.
import type { LabelSelector } from '../meta.ts';

/** What * / is wanted. */
export interface BigThingSpec {
  readonly mode: 'A' | 'B';
  readonly modes?: readonly ('A' | 'B')[];
  readonly sizes: readonly (readonly number[])[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly selector?: LabelSelector;
  /** Whether. */
  readonly on?: boolean;
}
`);
});

test('long descriptions are wrapped at 120 columns', () => {
  const { text } = render({
    type: 'object',
    properties: { status: { description: 'word '.repeat(60), type: 'object' } },
  });
  expect(text).toContain('/**\n * word word');
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});

test('a schema without a type is refused', () => {
  expect(() => render({ type: 'object', properties: { spec: { type: 'object', properties: { any: {} } } } })).toThrow(
    'a schema without type',
  );
});
