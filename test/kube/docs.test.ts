import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resolveGatewayApiCrds } from '../../hack/controlplane/resolve.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { waitUntil } from '../support/child-process.ts';
import { objectsOf } from '../support/docs/blocks.ts';
import { readPages } from '../support/docs/pages.ts';
import { installCrds } from '../support/install-crds.ts';

// Every whole object that a page shows is one that the API server takes: server-side apply, dry run, no unknown field.
const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});
type KubeObject = z.infer<typeof objectSchema>;

const examples = readPages().flatMap(({ path, blocks }) =>
  blocks
    .filter(({ info }) => info === 'yaml')
    .flatMap((block) =>
      objectsOf(block).map((given) => {
        const object = objectSchema.parse(given, { error: () => `${path}:${block.line} is no whole object` });
        return { at: `${path}:${block.line}`, what: `${object.kind} ${object.metadata.name}`, object };
      }),
    ),
);

let server: ApiServer;
beforeAll(async () => {
  server = await startApiServer();
  const gatewayApi = await resolveGatewayApiCrds();
  await installCrds(server, [gatewayApi.dir, fileURLToPath(new URL('../../config/crd/', import.meta.url))]);
  const namespaces = new Set(examples.flatMap(({ object }) => object.metadata.namespace ?? []));
  for (const name of namespaces) {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await server.client.apply(`/api/v1/namespaces/${name}`, body);
  }
  // Discovery learns of kinds a moment after they are served.
  const kinds = [...new Map(examples.map(({ object }) => [`${object.apiVersion} ${object.kind}`, object])).values()];
  await Promise.all(
    kinds.map((object) => {
      const known = () => pathOf(object).then(Boolean, () => false);
      return waitUntil(known, { what: `discovery of ${object.kind}`, limit: 30_000 });
    }),
  );
}, 120_000);
afterAll(() => server?.[Symbol.asyncDispose]());

const listSchema = z.looseObject({
  resources: z.array(z.looseObject({ name: z.string(), kind: z.string(), namespaced: z.boolean() })),
});

async function pathOf({ apiVersion, kind, metadata }: KubeObject): Promise<string> {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { resources } = listSchema.parse((await server.client.request(base)).body);
  const resource = resources.find((each) => each.kind === kind && !each.name.includes('/'));
  if (resource === undefined) throw new Error(`the API server has no kind ${kind} in ${apiVersion}`);
  const namespace = resource.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  return `${base}${namespace}/${resource.name}/${metadata.name}`;
}

const dryRun = async (object: KubeObject) =>
  await server.client.request(
    `${await pathOf(object)}?dryRun=All&fieldManager=docs&force=true&fieldValidation=Strict`,
    {
      method: 'PATCH',
      body: object,
      contentType: 'application/apply-patch+yaml',
    },
  );

describe('objects of the pages', () => {
  it.each(examples)('$at $what', async ({ object }) => {
    const { status, body, warnings } = await dryRun(object);
    expect(status, JSON.stringify(body)).toBeOneOf([200, 201]);
    expect(warnings).toEqual([]);
  });

  it('would be refused with a field that does not exist, and with a value that a rule refuses', async () => {
    const pool = { apiVersion: 'sallyport.dev/v1alpha1', kind: 'EgressAddressPool', metadata: { name: 'a' } };
    const unknown = await dryRun({ ...pool, spec: { addresses: ['192.0.2.1'], address: '' } });
    // The API server's own status for it.
    expect([unknown.status, JSON.stringify(unknown.body)]).toEqual([
      500,
      expect.stringContaining('not declared in schema'),
    ]);
    expect((await dryRun({ ...pool, spec: { addresses: ['192.0.2.1/24'] } })).status).toBe(422);
  });
});
