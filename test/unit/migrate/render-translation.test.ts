import { expect, test } from 'vitest';
import type { Note, Translation } from '../../../src/migrate/model.ts';
import { renderJson, renderYaml, summarise } from '../../../src/migrate/render-translation.ts';

const origin = { file: 'a.yaml', line: 3, kind: 'EgressPolicy', namespace: 'shop', name: 'web' };
const note = (effect: Note['effect'], message: string): Note => ({ effect, origin, message });
const translation: Translation = {
  manifests: [
    {
      manifest: {
        apiVersion: 'sallyport.dev/v1alpha1',
        kind: 'EgressRoute',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { answer: 'yes', number: '12', sexagesimal: '1:30' },
      },
      origins: [origin, origin],
      notes: [note('lost', 'spec.priority is lost'), note('check', 'look at it')],
    },
  ],
  notes: [note('ignored', 'is not translated')],
  problems: [],
};

test('YAML has the notes above what they are about, and strings that stay strings for kubectl', () => {
  expect(renderYaml(translation)).toBe(
    [
      '# EgressPolicy shop/web (a.yaml:3)',
      '#   ignored: is not translated',
      '---',
      '# From EgressPolicy shop/web (a.yaml:3)',
      '#   lost: spec.priority is lost',
      '#   check: look at it',
      'apiVersion: sallyport.dev/v1alpha1',
      'kind: EgressRoute',
      'metadata:',
      '  name: web',
      '  namespace: shop',
      'spec:',
      '  answer: "yes"',
      '  number: "12"',
      '  sexagesimal: "1:30"',
      '',
    ].join('\n'),
  );
});

test('a name ends no comment', () => {
  const hostile = { ...origin, name: 'a\n---\nkind: Secret', file: 'b\u001b[2J\u2028.yaml' };
  const [first] = translation.manifests;
  if (first === undefined) throw new Error('no manifest');
  const notes: readonly Note[] = [{ effect: 'check', origin: hostile, message: 'c\r\nd' }];
  const text = renderYaml({ manifests: [{ ...first, origins: [hostile], notes }], notes, problems: [] });
  expect(text.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(4);
  expect(text).not.toContain('\u001b');
  expect(text).not.toMatch(/^kind: Secret/m);
  expect(summarise({ manifests: [], notes, problems: [] })).toBe(
    'b [2J .yaml:3: EgressPolicy shop/a --- kind: Secret: check: c d\nmade nothing; notes: 1 check\n',
  );
});

test('JSON is a List, with the notes in a field of their own', () => {
  const at = { file: 'a.yaml', line: 3, source: { kind: 'EgressPolicy', namespace: 'shop', name: 'web' } };
  const object = { kind: 'EgressRoute', namespace: 'shop', name: 'web' };
  expect(JSON.parse(renderJson(translation))).toEqual({
    apiVersion: 'v1',
    kind: 'List',
    items: translation.manifests.map(({ manifest }) => manifest),
    notes: [
      { effect: 'ignored', message: 'is not translated', ...at },
      { effect: 'lost', message: 'spec.priority is lost', ...at, object },
      { effect: 'check', message: 'look at it', ...at, object },
    ],
  });
});

test('the summary has every note once, and counts', () => {
  expect(summarise(translation)).toBe(
    [
      'a.yaml:3: EgressPolicy shop/web: ignored: is not translated',
      'a.yaml:3: EgressPolicy shop/web: lost: spec.priority is lost',
      'a.yaml:3: EgressPolicy shop/web: check: look at it',
      'made 1 EgressRoute; notes: 1 lost, 1 check, 1 ignored',
      '',
    ].join('\n'),
  );
  expect(summarise({ manifests: [], notes: [], problems: [] })).toBe('made nothing; nothing to note\n');
});
