import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseManifests } from '../../../src/inspect/parse-manifests.ts';

const text = `# a comment
kind: A
metadata:
  name: one
spec:
  rules:
  - matches:
    - labels: {a.b/c: "1"}
---
---
kind: [
---
kind: ConfigMapList
items:
- kind: B
- kind: C
  spec: {a: 1}
`;

test('finds all objects with their lines, items of lists too, and goes on behind what is no YAML', () => {
  const { objects, problems } = parseManifests('a.yaml', text);
  expect(objects.map(({ raw, line }) => [(raw as { kind: string }).kind, line])).toEqual([
    ['A', 2],
    ['B', 15],
    ['C', 16],
  ]);
  expect(problems).toEqual([
    { file: 'a.yaml', line: expect.any(Number), message: expect.stringMatching(/^is no YAML/) },
  ]);
  expect(problems[0]?.message).not.toContain('\n');
});

test.each([
  ['spec.rules[0].matches[0].labels["a.b/c"]', 8],
  ['metadata.name', 4],
  ['spec.rules[0].matches[0].cidr', 8],
  ['spec.rules[3]', 7],
  ['', 2],
])('%s is on line %i', (path, line) => {
  expect(parseManifests('a.yaml', text).objects[0]?.lineOf(path)).toBe(line);
});

test('JSON is YAML', () => {
  const { objects } = parseManifests('a.json', '{"kind": "A",\n "spec": {"a": 1}}');
  expect(objects.map(({ raw }) => raw)).toEqual([{ kind: 'A', spec: { a: 1 } }]);
  expect(objects[0]?.lineOf('spec.a')).toBe(2);
});

test('a field that is there twice is a problem, and so are aliases without end', () => {
  expect(parseManifests('a', 'a: 1\na: 2\n').problems).toHaveLength(1);
  const bomb = ['a0: &a0 [x, x]', ...Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}]`)];
  expect(parseManifests('a', bomb.join('\n'))).toMatchObject({ objects: [], problems: [{ line: 1 }] });
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ':', ' ', '\n', '-', '[', '{', '&', '*', '"', '!', '\0') }),
      (any) => {
        const { objects } = parseManifests('a', any);
        for (const object of objects) expect(object.lineOf('spec.a[0]')).toBeGreaterThan(0);
      },
    ),
  );
});
