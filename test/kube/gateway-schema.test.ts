import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewayApiCacheDir } from '../../hack/controlplane/cache.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { installCrds } from '../support/install-crds.ts';
import { gatewayCases } from './crd/gateway-cases.ts';
import { type CaseAnswers, readCauses, sendCases } from './crd/send-case.ts';

// What `sallyport validate` says of Gateways offline is held against these same rows in test/unit/schema/check-object.test.ts.

let server: ApiServer;
let answers: ReadonlyMap<string, readonly CaseAnswers[]>;

beforeAll(async () => {
  server = await startApiServer();
  await installCrds(server, [gatewayApiCacheDir()]);
  answers = new Map(
    await Promise.all(gatewayCases.map(async (suite) => [suite.kind, await sendCases(server.client, suite)] as const)),
  );
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());

describe.each(gatewayCases)('$kind', (suite) => {
  test.each(suite.cases)('$at: $message ($fails)', (row) => {
    const answer = answers.get(suite.kind)?.find((sent) => sent.row === row);
    expect(answer?.taken.status, JSON.stringify(answer?.taken.body)).toBeOneOf([200, 201]);
    expect(answer?.refused.status).toBe(422);
    expect(readCauses(answer?.refused).map(({ message }) => message)).toContainEqual(
      expect.stringContaining(row.message),
    );
  });
});
