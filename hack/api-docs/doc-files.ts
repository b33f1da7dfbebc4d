import { readdir, readFile } from 'node:fs/promises';
import { addressReasons } from '../../src/api/reasons-address.ts';
import { gatewayReasons } from '../../src/api/reasons-gateway.ts';
import { listenerReasons } from '../../src/api/reasons-listener.ts';
import { platformReasons } from '../../src/api/reasons-platform.ts';
import { routeReasons } from '../../src/api/reasons-route.ts';
import { type CrdPage, readCrdSchemas } from '../types/crd-schema.ts';
import { code, type DocFile, generatedNote, textCell, wrapTable } from './markdown.ts';
import { renderKind } from './render-kind.ts';
import { type ReasonSection, renderReasons } from './render-reasons.ts';

const root = new URL('../../', import.meta.url);

/** Where the generated pages live. */
export const referenceFolder = new URL('docs/reference/', root);

const sections: readonly ReasonSection[] = [
  { title: 'Gateway', reasons: gatewayReasons },
  { title: 'Addresses of a Gateway', reasons: addressReasons },
  { title: 'Listener of a Gateway', reasons: listenerReasons },
  { title: 'EgressRoute and ClusterEgressRoute, for each parent', reasons: routeReasons },
  { title: 'GatewayClass, EgressCluster, EgressAddressPool, EgressNode', reasons: platformReasons },
];

/** What docs/reference must hold: a page for each kind, one of conditions, and the list of all. */
export async function renderDocFiles(): Promise<readonly DocFile[]> {
  const crds = await readCrdSchemas(new URL('config/crd/', root));
  return [renderIndex(crds), renderReasons(sections), ...crds.map(renderKind)];
}

function renderIndex(crds: readonly CrdPage[]): DocFile {
  const rows = crds
    .toSorted((a, b) => (a.kind < b.kind ? -1 : 1))
    .map(({ kind, scope, schema }) => [
      `[${kind}](${kind.toLowerCase()}.md)`,
      scope === 'Cluster' ? 'cluster' : 'namespace',
      textCell(schema.description ?? ''),
    ]);
  const text = [
    '# API reference\n',
    generatedNote('config/crd'),
    `All kinds of group ${code('sallyport.dev')}, with every field; ${code('kubectl explain egressroute.spec')} shows the same in a terminal. GatewayClass and
Gateway are [upstream's](https://gateway-api.sigs.k8s.io/); what they mean for egress is in [features](../features.md). What the controller
answers: [conditions and reasons](conditions.md).
`,
    wrapTable(['kind', 'scope', 'what'], rows),
  ].join('\n');
  return { name: 'README.md', text };
}

/** Compares docs/reference with what it must hold: one sentence for each page that is missing, stale or left over. */
export async function findStaleDocs(): Promise<readonly string[]> {
  const wanted = await renderDocFiles();
  const present = await readdir(referenceFolder).catch((): string[] => []);
  const states = await Promise.all(
    wanted.map(async ({ name, text }) => {
      if (!present.includes(name)) return [`docs/reference/${name} is missing`];
      const same = (await readFile(new URL(name, referenceFolder), 'utf8')) === text;
      return same ? [] : [`docs/reference/${name} differs from its sources`];
    }),
  );
  const leftOver = present.filter((name) => !wanted.some((file) => file.name === name));
  return [...states.flat(), ...leftOver.map((name) => `docs/reference/${name} has no source`)];
}
