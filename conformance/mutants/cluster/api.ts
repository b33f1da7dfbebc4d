import { type Api, ApiRefusal, type KubeObject, type ObjectName } from '../../lib/world.ts';
import { rfc3339 } from '../fake/verdict.ts';
import type { Wrong } from '../mistakes.ts';
import { jsonOf, mergePatch, sameJson } from './json.ts';
import { kinds } from './kinds.ts';
import type { ObjectStore } from './object-store.ts';
import { fillIn, refuse } from './schema.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What the fake API server stands on. */
export interface Cluster {
  readonly store: ObjectStore;
  readonly clock: VirtualClock;
  readonly wrong: Wrong;
}

/** How long a request takes, in milliseconds. */
const latency = 1;

/** An API server in memory: refusals, generations, finalizers and defaults as Kubernetes has them. */
export function openApi(cluster: Cluster): Api {
  const answer = async <T>(work: () => T): Promise<T> => {
    await cluster.clock.sleep(latency);
    return work();
  };
  return {
    create: (object) => {
      const copy = structuredClone(object);
      return answer(() => create(cluster, copy));
    },
    get: (name) => answer(() => find(cluster, name)),
    list: (kind, labels = {}) => answer(() => list(cluster, kind, labels)),
    patch: (name, patch) => answer(() => patchObject(cluster, name, patch)),
    patchStatus: (name, patch) => answer(() => patchStatus(cluster, name, patch)),
    delete: (name) => answer(() => remove(cluster, name)),
  };
}

/** Creates an object as the API server does, and returns what it stored. */
export function create(cluster: Cluster, object: KubeObject): KubeObject {
  const { store, clock, wrong } = cluster;
  checkKind(object);
  const { name, namespace } = object.metadata;
  if (store.get(object.kind, namespace, name) !== undefined) {
    throw new ApiRefusal(409, `${object.kind} ${name} already exists`);
  }
  if (namespace !== undefined) checkNamespace(cluster, namespace);
  const filled = fillIn(object, wrong);
  const problem = refuse(filled, undefined, wrong);
  if (problem !== undefined) throw new ApiRefusal(422, `${object.kind} ${name} is invalid: ${problem}`);
  const metadata = {
    ...filled.metadata,
    uid: cluster.store.nextUid(),
    generation: 1,
    creationTimestamp: rfc3339(clock.now()),
  };
  const { status: _, ...rest } = filled;
  return store.put({ ...rest, ...firstStatus(object.kind), metadata });
}

// As the defaults of Gateway API's CRDs have it: nobody has answered yet.
function firstStatus(kind: string): { readonly status?: unknown } {
  const types = kind === 'Gateway' ? ['Accepted', 'Programmed'] : kind === 'GatewayClass' ? ['Accepted'] : [];
  if (types.length === 0) return {};
  const waiting = { status: 'Unknown', reason: 'Pending', message: 'Waiting for controller' };
  return {
    status: { conditions: types.map((type) => ({ type, ...waiting, lastTransitionTime: '1970-01-01T00:00:00Z' })) },
  };
}

function checkNamespace({ store }: Cluster, namespace: string): void {
  const found = store.get('Namespace', undefined, namespace);
  if (found === undefined) throw new ApiRefusal(404, `Namespace ${namespace} does not exist`);
  if (found.metadata.deletionTimestamp !== undefined) {
    throw new ApiRefusal(403, `Namespace ${namespace} is being terminated`);
  }
}

function checkKind({ apiVersion, kind, metadata }: KubeObject): void {
  const known = kinds[kind];
  if (known?.apiVersion !== apiVersion) throw new ApiRefusal(404, `no ${kind} in ${apiVersion}`);
  if (known.namespaced !== (metadata.namespace !== undefined)) {
    throw new ApiRefusal(
      400,
      `${kind} ${metadata.name}: a namespace is ${known.namespaced ? 'needed' : 'not allowed'}`,
    );
  }
}

function find({ store }: Cluster, { kind, namespace, name, apiVersion }: ObjectName): KubeObject | undefined {
  return kinds[kind]?.apiVersion === apiVersion ? store.get(kind, namespace, name) : undefined;
}

function list(
  { store }: Cluster,
  { kind, namespace }: Omit<ObjectName, 'name'>,
  labels: Readonly<Record<string, string>>,
): readonly KubeObject[] {
  return store.list(kind).filter(({ metadata }) => {
    const here = namespace === undefined || metadata.namespace === namespace;
    return here && Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value);
  });
}

function mustFind(cluster: Cluster, name: ObjectName, patch: unknown): KubeObject {
  const found = find(cluster, name);
  if (found === undefined) throw new ApiRefusal(404, `${name.kind} ${name.name} does not exist`);
  const version = jsonOf(jsonOf(patch)['metadata'])['resourceVersion'];
  if (version !== undefined && version !== found.metadata.resourceVersion) {
    throw new ApiRefusal(409, `${name.kind} ${name.name}: the object has been modified`);
  }
  return found;
}

function patchObject(cluster: Cluster, name: ObjectName, patch: unknown): KubeObject {
  const { store, wrong } = cluster;
  const before = mustFind(cluster, name, patch);
  const { uid, generation = 1, creationTimestamp, deletionTimestamp } = before.metadata;
  const merged = fillIn(mergePatch(before, patch) as KubeObject, wrong);
  const problem = refuse(merged, before, wrong);
  if (problem !== undefined) throw new ApiRefusal(422, `${name.kind} ${name.name} is invalid: ${problem}`);
  const changed = !sameJson(before.spec, merged.spec);
  const fixed = { uid, creationTimestamp, ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }) };
  const after = {
    ...merged,
    status: before.status,
    metadata: { ...merged.metadata, ...fixed, generation: generation + Number(changed) },
  } as KubeObject;
  return settle(cluster, sameJson(before, after) ? before : store.put(after));
}

/** Writes a status over what is there; other fields stay. */
function patchStatus(cluster: Cluster, name: ObjectName, patch: unknown): KubeObject {
  const before = mustFind(cluster, name, patch);
  const merged = jsonOf(mergePatch({ status: before.status }, { status: jsonOf(patch)['status'] }));
  if (sameJson(before.status, merged['status'])) return before;
  return cluster.store.put({ ...before, status: merged['status'] });
}

/** Deletes an object, or marks it as long as finalizers hold it. */
export function remove(cluster: Cluster, name: ObjectName): void {
  const found = find(cluster, name);
  if (found === undefined || found.metadata.deletionTimestamp !== undefined) return;
  const { store, clock } = cluster;
  const kubernetes = found.kind === 'Namespace' ? ['kubernetes'] : [];
  const finalizers = [...(found.metadata.finalizers ?? []), ...kubernetes];
  const { generation = 1 } = found.metadata;
  const deletion = { deletionTimestamp: rfc3339(clock.now()), generation: generation + 1 };
  settle(cluster, store.put({ ...found, metadata: { ...found.metadata, ...deletion, finalizers } }));
}

// An object that is being deleted goes when its last finalizer does.
function settle({ store }: Cluster, object: KubeObject): KubeObject {
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  if (deletionTimestamp !== undefined && finalizers.length === 0) store.remove(object);
  return object;
}

/** Changes an object's finalizers; the last one gone, it goes if it is being deleted. */
export function setFinalizers(cluster: Cluster, object: KubeObject, finalizers: readonly string[]): void {
  settle(cluster, cluster.store.put({ ...object, metadata: { ...object.metadata, finalizers } }));
}
