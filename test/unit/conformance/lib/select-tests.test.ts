import { describe, expect, test } from 'vitest';
import type { Feature } from '../../../../conformance/lib/features.ts';
import { featuresUnderTest, isExtendedTest, selectTests } from '../../../../conformance/lib/select-tests.ts';
import type { ConformanceTest } from '../../../../conformance/lib/test.ts';

const testNamed = (name: string, features: readonly Feature[] = ['Gateway'], without: readonly Feature[] = []) =>
  ({ name, description: 'Does.', features, without, run: async () => {} }) satisfies ConformanceTest;

const all = [
  testNamed('RouteOne'),
  testNamed('RouteOneMore'),
  testNamed('Ports', ['Gateway', 'EgressRoutePorts']),
  testNamed('NoHostname', ['Gateway'], ['EgressRouteHostname']),
];
const core: ReadonlySet<Feature> = new Set(['Gateway', 'EgressRoute']);
const kinds = (selection: Omit<Parameters<typeof selectTests>[1], 'features'>, features = core) =>
  selectTests(all, { features, ...selection }).map(({ kind, test: { name } }) => `${kind} ${name}`);

describe('selectTests', () => {
  test('runs what the features allow', () => {
    expect(kinds({})).toEqual(['run RouteOne', 'run RouteOneMore', 'unsupported Ports', 'run NoHostname']);
    expect(kinds({}, new Set([...core, 'EgressRoutePorts', 'EgressRouteHostname'] as const))).toEqual([
      'run RouteOne',
      'run RouteOneMore',
      'run Ports',
      'unsupported NoHostname',
    ]);
  });

  test('takes a whole name for that test alone, anything else for a regular expression', () => {
    expect(kinds({ run: 'RouteOne' })).toEqual([
      'run RouteOne',
      'skipped RouteOneMore',
      'unsupported Ports',
      'skipped NoHostname',
    ]);
    expect(kinds({ run: '^Route' })).toEqual([
      'run RouteOne',
      'run RouteOneMore',
      'unsupported Ports',
      'skipped NoHostname',
    ]);
  });

  test('leaves out what is skipped', () => {
    expect(kinds({ skip: ['RouteOne'] })[0]).toBe('skipped RouteOne');
  });

  test.for([
    [{ run: 'Nothing' }, /no test's name has that/],
    [{ run: '(' }, /neither the name of a test nor a regular expression/],
    [{ skip: ['RouteOne', 'Typo'] }, /--skip Typo: there is no such test/],
  ] as const)('refuses %o', ([selection, message]) => {
    expect(() => kinds(selection)).toThrow(message);
  });
});

test('one extended feature, or the absence of one, makes an extended test', () => {
  expect(all.map(isExtendedTest)).toEqual([false, false, true, true]);
});

test('core features are always under test, unknown ones never', () => {
  const features = featuresUnderTest(['EgressRoutePorts', 'HTTPRoute'], ['EgressRoutePorts', 'EgressRouteHostname']);
  expect([...features].sort()).toEqual(['EgressRoute', 'EgressRoutePorts', 'Gateway']);
});
