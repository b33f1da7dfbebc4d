import { describe, expect, test } from 'vitest';
import { readDocuments } from '../../../src/migrate/read-documents.ts';

const read = (...lines: readonly string[]) => readDocuments('a.yaml', lines.join('\n'));
const named = ({ objects }: ReturnType<typeof read>) =>
  objects.map(
    ({ line, apiVersion, kind, namespace, name }) => `${line} ${apiVersion} ${kind} ${namespace ?? ''}/${name}`,
  );

describe('objects', () => {
  test('of several documents, with their lines, empty ones left out', () => {
    const found = read(
      '# a comment',
      '---',
      'apiVersion: v1',
      'kind: Service',
      'metadata: {name: a, namespace: shop}',
      '---',
      '---',
      'apiVersion: k8s.ovn.org/v1',
      'kind: EgressIP',
      'metadata: {name: b}',
    );
    expect(named(found)).toEqual(['3 v1 Service shop/a', '8 k8s.ovn.org/v1 EgressIP /b']);
    expect(found.problems).toEqual([]);
  });

  test('of lists, also of those whose items need not say what they are', () => {
    const found = read(
      'apiVersion: v1',
      'kind: List',
      'items:',
      '- {apiVersion: v1, kind: Service, metadata: {name: a}}',
      '- apiVersion: k8s.ovn.org/v1',
      '  kind: EgressIPList',
      '  items:',
      '  - metadata: {name: b}',
      '  - metadata: {name: c}',
    );
    expect(named(found)).toEqual(['4 v1 Service /a', '8 k8s.ovn.org/v1 EgressIP /b', '9 k8s.ovn.org/v1 EgressIP /c']);
  });

  test('of JSON', () => {
    const found = readDocuments(
      'a.json',
      JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' } }),
    );
    expect(named(found)).toEqual(['1 v1 Service /a']);
  });

  test('tell the line of a field, or of the nearest above it that is there', () => {
    const [object] = read(
      'apiVersion: v1',
      'kind: Service',
      'metadata:',
      '  name: a',
      'spec:',
      '  ports:',
      '  - port: 80',
      '  - name: b',
      '    port: x',
    ).objects;
    expect(object?.lineOf(['spec'])).toBe(5);
    expect(object?.lineOf(['spec', 'ports', 1, 'port'])).toBe(9);
    expect(object?.lineOf(['spec', 'ports', 1])).toBe(8);
    expect(object?.lineOf(['spec', 'selector', 'app'])).toBe(5);
    expect(object?.lineOf([])).toBe(1);
  });
});

describe('problems name the line and stop nothing else', () => {
  test.each([
    { lines: ['a: [', 'b: 1'], line: 2, message: /^is not YAML: / },
    {
      lines: ['apiVersion: v1', 'kind: Service', 'kind: Pod'],
      line: 3,
      message: /^is not YAML: Map keys must be unique$/,
    },
    { lines: ['just text'], line: 1, message: /^is no object/ },
    { lines: ['', 'metadata: {name: a}'], line: 2, message: /^has no apiVersion and no kind/ },
    {
      lines: ['apiVersion: v1', 'kind: Service', 'metadata: {}'],
      line: 1,
      message: /^Service: metadata\.name: is required, and is a string$/,
    },
    {
      lines: ['apiVersion: v1', 'kind: Service', 'metadata: {name: a, namespace: A/b}'],
      line: 1,
      message: /^Service: metadata\.namespace: must be a namespace's name, not "A\/b"$/,
    },
    { lines: ['apiVersion: v1', 'kind: List', 'items:', '- 7'], line: 4, message: /^is no object/ },
    {
      lines: [
        'a: &a [x, x, x, x, x, x, x, x, x, x]',
        ...'bcdefgh'
          .split('')
          .map((key, index) => `${key}: &${key} [${Array(10).fill(`*${'abcdefgh'[index]}`).join(', ')}]`),
      ],
      line: 1,
      message: /^cannot be read: Excessive alias count/,
    },
  ])('$message', ({ lines, line, message }) => {
    const found = read(...lines, '---', 'apiVersion: v1', 'kind: Service', 'metadata: {name: good}');
    expect(found.problems).toEqual([{ file: 'a.yaml', line, message: expect.stringMatching(message) }]);
    expect(found.objects.map(({ name }) => name)).toEqual(['good']);
  });

  test('nothing at all is neither', () => expect(read('')).toEqual({ objects: [], problems: [] }));
});
