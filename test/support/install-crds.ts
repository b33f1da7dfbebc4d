import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ApiServer } from './api-server.ts';
import { waitUntil } from './child-process.ts';

/** A CustomResourceDefinition as far as the tests read it. */
export interface CrdDocument {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Every CustomResourceDefinition of the *.yaml files of `dir`, in the order of the file names. */
export async function readCrds(dir: string): Promise<readonly CrdDocument[]> {
  const files = (await readdir(dir)).filter((name) => name.endsWith('.yaml')).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(dir, name), 'utf8')));
  const documents = texts.flatMap((text) => parseAllDocuments(text).map((document): unknown => document.toJS()));
  return documents.filter(
    (document): document is CrdDocument =>
      typeof document === 'object' &&
      document !== null &&
      'kind' in document &&
      document.kind === 'CustomResourceDefinition',
  );
}

/** Applies every CRD of `dirs`, as `change` makes it, and resolves when all are Established and served; returns the API server's warnings. */
export async function installCrds(
  server: Pick<ApiServer, 'client'>,
  dirs: readonly string[],
  change = (crd: CrdDocument) => crd,
): Promise<readonly string[]> {
  const crds = (await Promise.all(dirs.map(readCrds))).flat().map(change);
  const answers = await Promise.all(
    crds.map(async (crd) => ({ crd, answer: await server.client.apply(crdPath(crd), crd, 'test-install') })),
  );
  for (const { crd, answer } of answers) {
    if (answer.status >= 300)
      throw new Error(`CRD ${crd.metadata.name} refused with ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  await Promise.all(
    crds.map((crd) => waitUntil(() => isEstablished(server, crd), { what: `CRD ${crd.metadata.name}`, limit: 30_000 })),
  );
  return answers.flatMap(({ crd, answer }) => answer.warnings.map((warning) => `${crd.metadata.name}: ${warning}`));
}

const crdPath = (crd: CrdDocument) => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`;

async function isEstablished(server: Pick<ApiServer, 'client'>, crd: CrdDocument): Promise<boolean> {
  const { body } = await server.client.request(crdPath(crd));
  const text = JSON.stringify(body);
  if (!/"type":"Established"/.test(text)) return false;
  const [group, plural] = [crd.spec['group'], crd.metadata.name.split('.')[0]];
  const versions = crd.spec['versions'] as readonly { readonly name: string; readonly served: boolean }[];
  const served = versions.find((version) => version.served);
  if (served === undefined) return true;
  return (await server.client.request(`/apis/${group}/${served.name}/${plural}?limit=1`)).status === 200;
}
