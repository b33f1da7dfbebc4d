import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { coreFeatures, extendedFeatures } from '../../../conformance/lib/features.ts';
import { isExtendedTest } from '../../../conformance/lib/select-tests.ts';
import { areas, suite } from '../../../conformance/suite.ts';
import { supportedFeatures } from '../../../src/api/gateway.ts';

describe('the suite', () => {
  test('has at least 60 tests, core and extended ones, in every area', () => {
    expect(suite.length).toBeGreaterThanOrEqual(60);
    expect(suite.filter(isExtendedTest).length).toBeGreaterThanOrEqual(20);
    for (const [area, tests] of Object.entries(areas)) expect([area, tests.length]).toEqual([area, expect.any(Number)]);
    expect(Object.values(areas).every((tests) => tests.length >= 5)).toBe(true);
  });

  test('gives every test a name of its own and a sentence', () => {
    const names = suite.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, description } of suite) {
      expect(name).toMatch(/^[A-Z][A-Za-z0-9]{5,59}$/);
      expect(description).toMatch(/^\S.*\.$/);
    }
  });

  test('tests every feature of the profile but those that nobody has built', () => {
    const tested = new Set(suite.flatMap(({ features }) => features));
    const untested = [...coreFeatures, ...extendedFeatures].filter((feature) => !tested.has(feature));
    expect(untested).toEqual(['EgressRouteHostname']);
  });

  test('says that a test needs packets, faults or addresses where it does', () => {
    for (const { name, needs = [], run } of suite) {
      const source = run.toString();
      if (/takeAddresses/.test(source)) expect([name, needs]).toEqual([name, expect.arrayContaining(['addresses'])]);
      if (/(expect|keeps|until|plain)Source/.test(source))
        expect([name, needs]).toEqual([name, expect.arrayContaining(['traffic'])]);
    }
  });
});

describe('the features', () => {
  test('are those that docs/features.md explains', () => {
    const text = readFileSync(new URL('../../../docs/features.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `(\w+)` \| (core|extended) \|/gm)].map(([, name, level]) => `${name} ${level}`);
    const known = [
      ...coreFeatures.map((name) => `${name} core`),
      ...extendedFeatures.map((name) => `${name} extended`),
    ];
    expect(rows.sort()).toEqual(known.sort());
  });

  test('are all that our class says', () => {
    const known: readonly string[] = [...coreFeatures, ...extendedFeatures];
    expect(supportedFeatures.filter((feature) => !known.includes(feature))).toEqual([]);
  });
});
