import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { peers } from '../../../src/migrate/model.ts';
import { readDocuments } from '../../../src/migrate/read-documents.ts';
import { renderJson, renderYaml, summarise } from '../../../src/migrate/render-translation.ts';
import { translateFrom } from '../../../src/migrate/translate.ts';
import { readSchema, refusals } from '../../support/schema.ts';

// Real manifests with anything anywhere: nothing throws, nothing is lost in silence, and what is made keeps to our schemas.
const folder = join(import.meta.dirname, '../../golden/migrate');
const sources = globSync('*/in.yaml', { cwd: folder })
  .sort()
  .map((path) => {
    const documents = parseAllDocuments(readFileSync(join(folder, path), 'utf8'));
    const objects = (Array.isArray(documents) ? documents : []).map((document): unknown => document.toJS());
    return { from: peers.find((peer) => path.startsWith(peer)) ?? 'cilium', objects };
  });

const plurals = {
  EgressAddressPool: 'egressaddresspools',
  EgressClass: 'egressclasses',
  EgressRoute: 'egressroutes',
  ClusterEgressRoute: 'clusteregressroutes',
} as const;
const schemas = new Map(Object.entries(plurals).map(([kind, plural]) => [kind, readSchema(plural, 'spec')]));
const label = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

const anything = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    '',
    '0.0.0.0/0',
    '10.0.0.0/8',
    '::/0',
    '10.1.2.3/8',
    '192.0.2.9',
    'true',
    {},
    [],
    [{}],
    'x'.repeat(300),
    -1,
    1e9,
  ),
);

/** Every place in the data, as a list of keys. */
function places(value: unknown): readonly (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [[]];
  const entries: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item])
    : Object.entries(value);
  return [[], ...entries.flatMap(([key, inner]) => places(inner).map((path) => [key, ...path]))];
}

function put(value: unknown, [key, ...rest]: readonly (string | number)[], wanted: unknown): unknown {
  if (key === undefined) return wanted;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === key ? put(item, rest, wanted) : item));
  return { ...(value as object), [key]: put((value as Record<string, unknown>)[key], rest, wanted) };
}

const broken = fc.constantFrom(...sources).chain(({ from, objects }) =>
  fc
    .array(fc.record({ place: fc.constantFrom(...places(objects)), wanted: anything }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((changes) => ({
      from,
      objects: changes.reduce<unknown>((data, { place, wanted }) => putIfThere(data, place, wanted), objects),
    })),
);

// An earlier change may have taken the place away.
function putIfThere(data: unknown, place: readonly (string | number)[], wanted: unknown): unknown {
  return places(data).some((path) => path.join('\0') === place.join('\0')) ? put(data, place, wanted) : data;
}

test('whatever the manifests say', () => {
  const seen = { problems: 0, made: 0 };
  fc.assert(
    fc.property(broken, ({ from, objects }) => {
      const text = (Array.isArray(objects) ? objects : [objects])
        .map((object: unknown) => stringify(object))
        .join('---\n');
      const made = translateFrom(readDocuments('in.yaml', text), {
        from,
        namespace: 'platform',
        gatewayClass: 'egress',
        interface: 'eth0',
      });
      for (const { manifest } of made.manifests) {
        expect(manifest.metadata.name).toMatch(label);
        const schema = schemas.get(manifest.kind);
        if (schema !== undefined) expect(refusals(schema, manifest.spec, manifest.kind)).toEqual([]);
      }
      const names = made.manifests.map(
        ({ manifest: { kind, metadata } }) => `${kind} ${metadata.namespace}/${metadata.name}`,
      );
      expect(new Set(names).size).toBe(names.length);
      for (const { line } of made.problems) expect(line).toBeGreaterThan(0);
      expect(
        [renderYaml(made), renderJson(made), summarise(made)].every(
          (out) => out.length > 0 || made.manifests.length === 0,
        ),
      ).toBe(true);
      seen.problems += made.problems.length > 0 ? 1 : 0;
      seen.made += made.manifests.length > 0 ? 1 : 0;
    }),
    { numRuns: 250 },
  );
  expect(seen.problems).toBeGreaterThan(25);
  expect(seen.made).toBeGreaterThan(100);
});
