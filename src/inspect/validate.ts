import type { Namespace } from '../api/core.ts';
import type { ParentReference } from '../api/kinds.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { parsePath } from '../manifests/path.ts';
import { layOver } from '../preview/lay-over.ts';
import { settle } from '../preview/settle.ts';
import { nameOf, type Verdict, verdictsOf } from '../preview/verdicts.ts';
import type { Finding, ReadManifests, ReadObject } from './read-manifests.ts';

/** What is to be said of manifests. */
export interface Validation {
  /** By file and line. */
  readonly findings: readonly Finding[];
  /** How many objects were judged. */
  readonly objects: number;
  /** How many were not, being of kinds that Sallyport does not look at. */
  readonly foreign: number;
}

/**
 * Judges manifests as API server and controller would that meet them in this cluster; `isOffline`: the manifests are all that is known, so
 * what they refer to and is not among them is no error. Pure.
 */
export function validate(read: ReadManifests, cluster: Snapshot, isOffline: boolean): Validation {
  const names = new Map(read.objects.map((entry) => [objectOf(entry), entry]));
  const laid = layOver(
    cluster,
    read.objects.map(({ written }) => written),
  ).snapshot;
  const spaces = missingNamespaces(read.objects, laid);
  const assumed = { ...laid, namespaces: [...laid.namespaces, ...[...spaces.keys()].map(newNamespace)] };
  const { snapshot, plan } = settle(assumed);
  const verdicts = verdictsOf(snapshot, plan).flatMap((verdict): Finding[] => {
    const entry = names.get(verdict.object);
    return entry === undefined ? [] : [findingOf(isOffline ? soften(verdict, snapshot, entry) : verdict, entry)];
  });
  const lost = isOffline ? [] : [...spaces].flatMap(([space, users]) => users.map((user) => noNamespace(space, user)));
  return {
    findings: [...read.findings, ...lost, ...verdicts].toSorted(byPlace),
    objects: read.objects.length,
    foreign: read.foreign,
  };
}

function objectOf({ written: { kind, object } }: ReadObject): string {
  return nameOf({ kind, ...object.metadata });
}

function missingNamespaces(
  objects: readonly ReadObject[],
  { namespaces }: Snapshot,
): ReadonlyMap<string, readonly ReadObject[]> {
  const known = new Set(namespaces.map(({ metadata }) => metadata.name));
  const missing = objects.filter(({ written }) => {
    const { namespace } = written.object.metadata;
    return namespace !== undefined && !known.has(namespace);
  });
  return Map.groupBy(missing, ({ written }) => written.object.metadata.namespace ?? '');
}

// As the API server labels every namespace (KEP-2161).
function newNamespace(name: string): Namespace {
  const labels = { 'kubernetes.io/metadata.name': name };
  return {
    metadata: {
      name,
      labels,
      uid: `Namespace/${name}`,
      resourceVersion: '0',
      creationTimestamp: '1970-01-01T00:00:00Z',
    },
  };
}

function noNamespace(namespace: string, entry: ReadObject): Finding {
  const { file } = entry.source;
  const message = `metadata.namespace: there is no namespace ${namespace} in the cluster: make it first`;
  return {
    file,
    line: entry.source.lineOf(['metadata', 'namespace']),
    object: objectOf(entry),
    severity: 'error',
    message,
  };
}

function findingOf({ object, severity, condition, message }: Verdict, { source }: ReadObject): Finding {
  // Many messages begin with the field that they are about.
  const field = /^(?:[^ ]* )?(spec[\w.[\]]*)/.exec(message)?.[1];
  return {
    file: source.file,
    line: source.lineOf(parsePath(field ?? '')),
    object,
    severity,
    message: `${condition}: ${message}`,
  };
}

function soften(verdict: Verdict, snapshot: Snapshot, { written }: ReadObject): Verdict {
  if (verdict.severity === 'warning') return verdict;
  const parents = unknownParents(written, snapshot);
  if (verdict.condition.endsWith('/NoParent') && parents.length > 0) {
    const message = `whether Gateway ${parents.join(', ')} takes the route: it, or its GatewayClass, is not among the manifests`;
    return { ...verdict, severity: 'warning', condition: 'not judged', message };
  }
  const isAboutPools = written.kind === 'Gateway' && /\/Address(NotUsable|NotAssigned)$/.test(verdict.condition);
  if (isAboutPools && snapshot.pools.length === 0) {
    const message = 'whether there are addresses for it: no EgressAddressPool is among the manifests';
    return { ...verdict, severity: 'warning', condition: 'not judged', message };
  }
  return verdict;
}

function unknownParents(
  { list, object }: ReadObject['written'],
  { gateways, gatewayClasses }: Snapshot,
): readonly string[] {
  if (list !== 'routes' && list !== 'clusterRoutes') return [];
  const { parentRefs = [] } = object.spec as { readonly parentRefs?: readonly ParentReference[] };
  const keys = parentRefs.map(({ namespace, name }) => `${namespace ?? object.metadata.namespace ?? ''}/${name}`);
  const classes = new Set(gatewayClasses.map(({ metadata }) => metadata.name));
  const judged = gateways.filter(({ spec }) => classes.has(spec.gatewayClassName));
  const known = new Set(judged.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`));
  return keys.filter((key) => !known.has(key));
}

function byPlace(a: Finding, b: Finding): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line;
}
