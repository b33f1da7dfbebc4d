import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseManifests } from '../../../src/manifests/parse-manifests.ts';
import { parsePath } from '../../../src/manifests/path.ts';

const text = `# a comment
apiVersion: v1
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
apiVersion: v1
kind: ConfigMapList
items:
- kind: B
- spec: {a: 1}
`;

test('finds all objects with their lines, items of lists too, and goes on behind what is not YAML', () => {
  const { objects, problems } = parseManifests('a.yaml', text);
  expect(objects.map(({ apiVersion, kind, line }) => [apiVersion, kind, line])).toEqual([
    ['v1', 'A', 2],
    ['v1', 'B', 17],
    ['v1', 'ConfigMap', 18],
  ]);
  expect(problems).toEqual([{ file: 'a.yaml', line: 13, message: expect.stringMatching(/^is not YAML: /) }]);
  expect(problems[0]?.message).not.toContain('\n');
});

test.each([
  ['spec.rules[0].matches[0].labels["a.b/c"]', 9],
  ['metadata.name', 5],
  ['spec.rules[0].matches[0].cidr', 9],
  ['spec.rules[3]', 7],
  ['spec', 6],
  ['', 2],
])('%s is on line %i', (path, line) => {
  expect(parseManifests('a.yaml', text).objects[0]?.lineOf(parsePath(path))).toBe(line);
});

test('JSON is YAML', () => {
  const { objects } = parseManifests('a.json', '{"apiVersion": "v1", "kind": "A",\n "spec": {"a": 1}}');
  expect(objects.map(({ fields }) => fields)).toEqual([{ apiVersion: 'v1', kind: 'A', spec: { a: 1 } }]);
  expect(objects[0]?.lineOf(['spec', 'a'])).toBe(2);
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
        const { objects } = parseManifests('a', `apiVersion: v1\nkind: A\n${any}`);
        for (const object of objects) expect(object.lineOf(['a', 0])).toBeGreaterThan(0);
      },
    ),
  );
});

test.each([
  ['7', 'is no object: a manifest has apiVersion, kind and metadata'],
  ['[]', 'is no object: a manifest has apiVersion, kind and metadata'],
  ['kind: A', 'has no apiVersion: a manifest has apiVersion, kind and metadata'],
  ['apiVersion: v1\nkind: ""', 'has no kind: a manifest has apiVersion, kind and metadata'],
  ['spec: {}', 'has no apiVersion and no kind: a manifest has apiVersion, kind and metadata'],
])('%j is no manifest', (any, message) => {
  expect(parseManifests('a', `# a comment\n${any}`)).toEqual({
    objects: [],
    problems: [{ file: 'a', line: 2, message }],
  });
});
