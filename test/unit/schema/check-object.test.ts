import { describe, expect, test } from 'vitest';
import { createCel } from '../../../src/schema/cel.ts';
import { checkObject } from '../../../src/schema/check-object.ts';
import crds from '../../../src/schema/crds.json' with { type: 'json' };
import type { Schema } from '../../../src/schema/model.ts';
import { addressCases } from '../../kube/crd/address-cases.ts';
import { type CrdCase, type CrdCases, type Json, setAt } from '../../kube/crd/case.ts';
import { gatewayCases } from '../../kube/crd/gateway-cases.ts';
import { routeCases } from '../../kube/crd/route-cases.ts';
import { settingsCases } from '../../kube/crd/settings-cases.ts';

// The rows that test/kube/crd.test.ts holds against a real API server: both must say the same.
const own = [...routeCases, ...settingsCases, ...addressCases].filter(({ kind }) => Object.hasOwn(crds, kind));
const suites = [...own, ...gatewayCases];
const evaluate = createCel();
const messages = new Set(Object.values(crds as unknown as Record<string, Schema>).flatMap(rulesOf));

function rulesOf(schema: Schema): readonly string[] {
  const inner = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  return [...own, ...inner.flatMap((each) => (each === undefined ? [] : rulesOf(each)))];
}

const isOfSpec = ({ at, by = 'create' }: CrdCase) => by === 'create' && (at === '' || at.split('.')[0] !== 'status');

function judge(
  { kind, base, apiVersion = 'sallyport.dev/v1alpha1' }: CrdCases,
  { at }: CrdCase,
  value: Json | undefined,
) {
  const object = at === '' ? (value ?? {}) : setAt(base, at.split('.'), value);
  return checkObject(evaluate, { apiVersion, kind, ...(object as object) });
}

describe.each(suites)('$kind', (suite) => {
  test.each(suite.cases.filter(isOfSpec))('$at: $message ($fails)', (row) => {
    expect(judge(suite, row, row.passes)).toMatchObject({ outcome: 'valid' });
    const refused = judge(suite, row, row.fails);
    expect(refused.outcome).toBe('refused');
    if (refused.outcome !== 'refused' || ![...messages].some((message) => message.startsWith(row.message))) return;
    expect(refused.problems.map(({ message }) => message)).toContainEqual(expect.stringContaining(row.message));
  });
});

test('covers every kind that people write', () => {
  expect(own.map(({ kind }) => kind).sort()).toEqual(Object.keys(crds).sort());
});

const route = (spec: object, more: object = {}) => ({
  apiVersion: 'sallyport.dev/v1alpha1',
  kind: 'EgressRoute',
  metadata: { name: 'a', namespace: 'shop' },
  spec: { parentRefs: [{ name: 'out' }], rules: [{}], ...spec },
  ...more,
});

test('gives what is valid its defaults, and leaves a status out', () => {
  expect(checkObject(evaluate, route({}, { status: { parents: 'nonsense' } }))).toMatchObject({
    outcome: 'valid',
    kind: { kind: 'EgressRoute', namespaced: true },
    object: {
      spec: { parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'out' }], rules: [{}] },
    },
  });
  expect(checkObject(evaluate, route({}, { status: {} }))).not.toHaveProperty('object.status');
});

const refusals: readonly [name: string, raw: unknown, path: string, message: RegExp][] = [
  ['no object', [], '', /is no object/],
  ['no kind', { apiVersion: 'v1' }, 'kind', /is required/],
  ['a kind that we do not have', { ...route({}), kind: 'EgressRout' }, 'kind', /known are .*EgressRoute/],
  ['a version that is not served', { ...route({}), apiVersion: 'sallyport.dev/v1' }, 'apiVersion', /write .*v1alpha1/],
  ['a kind that Sallyport writes itself', { ...route({}), kind: 'EgressPlacement' }, 'kind', /by Sallyport alone/],
  ['a misspelt field', route({ Rules: [] }), 'spec.Rules', /unknown field: write rules/],
  ['a field beside spec', route({}, { specs: {} }), 'specs', /unknown field/],
  ['a name with capitals', { ...route({}), metadata: { name: 'A' } }, 'metadata.name', /must consist of lower-case/],
  [
    'a number as a label',
    route({}, { metadata: { name: 'a', labels: { a: 1 } } }),
    'metadata.labels["a"]',
    /write "1"/,
  ],
];
test.each(refusals)('%s is refused where it is', (_, raw, path, message) => {
  const check = checkObject(evaluate, raw);
  if (check.outcome !== 'refused') throw new Error(`it is ${check.outcome}`);
  expect(check.problems).toContainEqual({ path, message: expect.stringMatching(message) });
});

test('objects of other groups are foreign', () => {
  expect(checkObject(evaluate, { apiVersion: 'apps/v1', kind: 'Deployment' })).toEqual({ outcome: 'foreign' });
  expect(checkObject(evaluate, { apiVersion: 'v1', kind: 'Pod' })).toEqual({ outcome: 'foreign' });
});

test('hostile values end in refusals', () => {
  const nested = JSON.parse('{"__proto__": {"rules": []}, "constructor": 1}');
  expect(checkObject(evaluate, route(nested)).outcome).toBe('refused');
  expect(checkObject(evaluate, route({ rules: [{ matches: [{ podSelector: null }] }] })).outcome).toBe('refused');
});
