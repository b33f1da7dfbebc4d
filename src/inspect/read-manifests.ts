import { resources } from '../api/resources.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { projectNode } from '../controller/project-node.ts';
import { type ManifestObject, parseManifests } from '../manifests/parse-manifests.ts';
import { parsePath } from '../manifests/path.ts';
import type { Written, WrittenList, WrittenMeta } from '../preview/lay-over.ts';
import { createCel } from '../schema/cel.ts';
import { checkObject, type Kind } from '../schema/check-object.ts';

/** What is wrong with a part of a file. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  /** "EgressRoute shop/payments"; absent where nobody can tell. */
  readonly object?: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

/** An object of a file that the API server would take. */
export interface ReadObject {
  readonly written: Written;
  readonly source: ManifestObject;
}

export interface ReadManifests {
  readonly objects: readonly ReadObject[];
  readonly findings: readonly Finding[];
  /** How many objects are of kinds that Sallyport does not look at. */
  readonly foreign: number;
}

const lists: Readonly<Record<string, WrittenList | 'cluster'>> = {
  GatewayClass: 'gatewayClasses',
  EgressClass: 'egressClasses',
  EgressAddressPool: 'pools',
  EgressGatewayParameters: 'parameters',
  Gateway: 'gateways',
  EgressRoute: 'routes',
  ClusterEgressRoute: 'clusterRoutes',
  Node: 'nodes',
  Namespace: 'namespaces',
  ServiceCIDR: 'serviceCidrs',
  EgressCluster: 'cluster',
};

/** Reads texts as the API server would, one object after the other: what it refuses is a finding. `namespace` is for objects that name none. */
export function readManifests(
  texts: readonly { readonly file: string; readonly text: string }[],
  namespace: string,
): ReadManifests {
  const evaluate = createCel();
  const objects: ReadObject[] = [];
  const findings: Finding[] = [];
  const places = new Map<string, ManifestObject>();
  let foreign = 0;
  for (const { file, text } of texts) {
    const parsed = parseManifests(file, text);
    findings.push(...parsed.problems.map((problem): Finding => ({ ...problem, severity: 'error' })));
    for (const source of parsed.objects) {
      const check = checkObject(evaluate, source.fields);
      if (check.outcome === 'foreign') foreign += 1;
      else if (check.outcome === 'refused') {
        const object = describe(source.fields, check.kind, namespace);
        findings.push(
          ...check.problems.map(({ path, message }): Finding => {
            const place = { file, line: source.lineOf(parsePath(path)), ...(object === undefined ? {} : { object }) };
            return { ...place, severity: 'error', message: path === '' ? message : `${path}: ${message}` };
          }),
        );
      } else {
        const written = toWritten(check.kind, check.object, namespace);
        const object = describe(source.fields, check.kind, namespace) ?? '';
        const first = places.get(object);
        if (first === undefined) objects.push({ written, source });
        else {
          const message = `is there twice: ${first.file}:${first.line} has it, too; the last one applied would count`;
          findings.push({ file, line: source.line, object, severity: 'error', message });
        }
        places.set(object, first ?? source);
      }
    }
  }
  return { objects, findings, foreign };
}

function describe(raw: unknown, kind: Kind | undefined, namespace: string): string | undefined {
  const { kind: word, metadata } = (raw ?? {}) as {
    kind?: unknown;
    metadata?: { name?: unknown; namespace?: unknown };
  };
  if (typeof word !== 'string' || typeof metadata?.name !== 'string') return undefined;
  const space = kind?.namespaced === true ? `${String(metadata.namespace ?? namespace)}/` : '';
  return `${word} ${space}${metadata.name}`;
}

function toWritten(kind: Kind, object: Readonly<Record<string, unknown>>, namespace: string): Written {
  const list = lists[kind.kind];
  if (list === undefined) throw new Error(`${kind.kind} is nobody's to write`);
  const given = object['metadata'] as WrittenMeta;
  const { name, labels, annotations } = given;
  const metadata: WrittenMeta = {
    name,
    ...(kind.namespaced ? { namespace: given.namespace || namespace } : {}),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
  const { spec, status } = object;
  if (list === 'nodes') {
    const stored = { uid: name, resourceVersion: '0', creationTimestamp: '1970-01-01T00:00:00Z', ...given };
    const { spec: own, status: state } = projectNode({ metadata: stored, spec, status });
    return { list, kind: kind.kind, object: { metadata, spec: own, status: state } };
  }
  return { list, kind: kind.kind, object: list === 'namespaces' ? { metadata } : { metadata, spec: spec ?? {} } };
}

/** A cluster of which nothing is known but what manifests say: EgressCluster/default as the API server would fill it in. */
export function emptyCluster(now: number): Snapshot {
  const { kind } = resources.egressClusters;
  const filled = checkObject(createCel(), {
    apiVersion: `${resources.egressClusters.group}/${resources.egressClusters.version}`,
    kind,
    metadata: { name: 'default' },
    spec: {},
  });
  if (filled.outcome !== 'valid') throw new Error('EgressCluster/default without a word must be valid');
  const { spec } = toWritten(filled.kind, filled.object, '').object;
  const created = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return {
    now,
    cluster: {
      metadata: { name: 'default', uid: 'default', resourceVersion: '0', generation: 1, creationTimestamp: created },
      spec: spec as NonNullable<Snapshot['cluster']>['spec'],
    },
    ...{
      gatewayClasses: [],
      egressClasses: [],
      pools: [],
      parameters: [],
      gateways: [],
      routes: [],
      clusterRoutes: [],
    },
    ...{ claims: [], placements: [], ruleSets: [], egressNodes: [], reports: [], nodes: [], namespaces: [] },
    serviceCidrs: [],
    gatewayApiVersion: 'v1.6.1',
    publishedAt: new Map(),
  };
}
