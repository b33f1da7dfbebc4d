import { describe, expect, test } from 'vitest';
import { FieldError, needed, openFields } from '../../../src/migrate/fields.ts';
import { readDocuments } from '../../../src/migrate/read-documents.ts';

function open(spec: string) {
  const text = `apiVersion: v1\nkind: Service\nmetadata: {name: a}\n${spec}`;
  const [object] = readDocuments('a.yaml', text).objects;
  if (object === undefined) throw new Error('unreadable');
  return openFields(object);
}

test('fields by type; null is absent', () => {
  const fields = open(
    'spec: {text: a, flag: true, number: 7, texts: [a, b], labels: {a: b}, list: [{x: 1}], none: null}',
  ).map('spec');
  expect(fields?.text('text')).toBe('a');
  expect(fields?.flag('flag')).toBe(true);
  expect(fields?.integer('number')).toBe(7);
  expect(fields?.texts('texts')).toEqual(['a', 'b']);
  expect(fields?.texts('missing')).toEqual([]);
  expect(fields?.labels('labels')).toEqual({ a: 'b' });
  expect(fields?.list('list')?.map((entry) => entry.integer('x'))).toEqual([1]);
  expect([fields?.text('none'), fields?.list('missing'), fields?.map('none')]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(fields?.keys()).toEqual(['text', 'flag', 'number', 'texts', 'labels', 'list']);
});

test('what objects inherit is no field', () => {
  expect(open('spec: {}').map('spec')?.text('constructor')).toBeUndefined();
});

describe('a field of another type is refused with its path and line', () => {
  const wrong = open('spec:\n  text: 7\n  texts: [a, 1]\n  labels: {app: true}\n  list:\n  - {}\n  - b');
  const spec = wrong.map('spec');
  test.each([
    [() => spec?.text('text'), 5, 'spec.text is the number 7, not a string'],
    [() => spec?.texts('text'), 5, 'spec.text is the number 7, not a list'],
    [() => spec?.texts('texts'), 6, 'spec.texts[1] is the number 1, not a string'],
    [() => spec?.labels('labels'), 7, 'spec.labels.app is the boolean true, not a string: put it in quotes'],
    [() => spec?.list('list'), 10, 'spec.list[1] is the string "b", not a map'],
    [() => spec?.map('texts'), 6, 'spec.texts is a list, not a map'],
    [() => spec && needed(spec, 'gone', spec.text('gone')), 4, 'spec.gone is missing'],
  ])('%s', (read, line, message) => {
    expect(read).toThrow(new FieldError(line, message));
    try {
      read();
    } catch (error) {
      expect((error as FieldError).line).toBe(line);
    }
  });
});
