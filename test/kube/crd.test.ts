import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { installCrds, readCrds } from '../support/install-crds.ts';
import { addressCases } from './crd/address-cases.ts';
import { listFields, listRules, listUnbounded } from './crd/list-rules.ts';
import { planCases } from './crd/plan-cases.ts';
import { routeCases } from './crd/route-cases.ts';
import { type CaseAnswers, readCauses, sendCases } from './crd/send-case.ts';
import { settingsCases } from './crd/settings-cases.ts';

const folder = fileURLToPath(new URL('../../config/crd/', import.meta.url));
const suites = [...routeCases, ...settingsCases, ...addressCases, ...planCases];
const crds = await readCrds(folder);
let server: ApiServer;
let warnings: readonly string[];
let answers: ReadonlyMap<string, readonly CaseAnswers[]>;

beforeAll(async () => {
  server = await startApiServer();
  warnings = await installCrds(server, [folder]);
  answers = new Map(
    await Promise.all(suites.map(async (suite) => [suite.kind, await sendCases(server.client, suite)] as const)),
  );
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());

describe.each(suites)('$kind', (suite) => {
  test.each(suite.cases)('$at: $message ($fails)', (row) => {
    const answer = answers.get(suite.kind)?.find((sent) => sent.row === row);
    expect(answer?.taken.status, JSON.stringify(answer?.taken.body)).toBeOneOf([200, 201]);
    expect(answer?.refused.status).toBe(422);
    expect(readCauses(answer?.refused).map(({ message }) => message)).toContainEqual(
      expect.stringContaining(row.message),
    );
  });
});

test('every CEL rule of config/crd has a row that it refuses', () => {
  const all = crds
    .map(describeCrd)
    .flatMap(({ kind, schema }) => listRules(schema).map((rule) => `${kind} ${rule.path}: ${rule.message}`));
  expect(new Set(all).size).toBe(all.length); // two rules with one message could not be told apart
  const untested = crds.map(describeCrd).flatMap(({ kind, schema }) => {
    const causes = (answers.get(kind) ?? []).flatMap(({ refused }) => readCauses(refused));
    return listRules(schema)
      .filter(({ path, message }) => !causes.some((cause) => cause.field === path && cause.message.includes(message)))
      .map((rule) => `${kind} ${rule.path}: ${rule.message}`);
  });
  expect(untested).toEqual([]);
});

test.each(crds.map(describeCrd))('the schema of $kind is described and bounded everywhere', ({ schema }) => {
  expect(listFields(schema).filter(({ described }) => !described)).toEqual([]);
  expect(listUnbounded(schema)).toEqual([]);
});

test('the API server takes every CRD without a word', async () => {
  expect(warnings).toEqual([]);
  for (const crd of crds) {
    const { body } = await server.client.request(
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`,
    );
    const { conditions } = (
      body as {
        readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
      }
    ).status;
    expect(conditions.map(({ type, status }) => `${type} ${status}`).sort()).toEqual([
      'Established True',
      'NamesAccepted True',
    ]);
  }
});

test('no CRD poses as one of Gateway API, all are in its category', () => {
  expect(crds).toHaveLength(11);
  for (const crd of crds) {
    expect(crd.metadata).not.toHaveProperty('annotations');
    expect(crd.spec['names']).toMatchObject({ categories: ['gateway-api'] });
  }
});

function describeCrd({ spec }: (typeof crds)[number]) {
  const { names, versions } = spec as {
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: unknown } }[];
  };
  return { kind: names.kind, schema: versions[0]?.schema.openAPIV3Schema };
}
