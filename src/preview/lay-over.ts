import type { ObjectMeta } from '../api/meta.ts';
import { sameData } from '../compile/canonical-json.ts';
import type { Snapshot } from '../compile/snapshot.ts';

/** The lists of a snapshot that hold what people write. */
export type WrittenList =
  | 'gatewayClasses'
  | 'egressClasses'
  | 'pools'
  | 'parameters'
  | 'gateways'
  | 'routes'
  | 'clusterRoutes'
  | 'nodes'
  | 'namespaces'
  | 'serviceCidrs';

/** An object of a manifest as the API server would store it, but for what the server adds (`metadata.uid` and so on). */
export interface Written {
  readonly list: WrittenList | 'cluster';
  /** "EgressRoute" */
  readonly kind: string;
  readonly object: { readonly metadata: WrittenMeta; readonly spec?: unknown; readonly status?: unknown };
}

export type WrittenMeta = Pick<ObjectMeta, 'name' | 'namespace' | 'labels' | 'annotations'>;

/** What applying a manifest does to its object. */
export type Effect = 'created' | 'changed' | 'unchanged' | 'deleted' | 'absent';

export interface LaidOver {
  readonly snapshot: Snapshot;
  /** In the order of the objects. */
  readonly effects: readonly Effect[];
}

interface Stored {
  readonly metadata: ObjectMeta;
  readonly spec?: unknown;
}

/** The snapshot after these objects were applied (or, with `remove`, deleted), at its own time: what is new is the youngest. */
export function layOver(start: Snapshot, objects: readonly Written[], remove = false): LaidOver {
  let snapshot = start;
  const effects: Effect[] = [];
  for (const written of objects) {
    const next = remove ? takeAway(snapshot, written) : put(snapshot, written);
    snapshot = next.snapshot;
    effects.push(next.effect);
  }
  return { snapshot, effects };
}

interface Step {
  readonly snapshot: Snapshot;
  readonly effect: Effect;
}

function put(snapshot: Snapshot, written: Written): Step {
  const before = find(snapshot, written);
  const after = store(written, before, snapshot.now);
  const effect = before === undefined ? 'created' : isSame(before, after) ? 'unchanged' : 'changed';
  if (effect === 'unchanged') return { snapshot, effect };
  return { snapshot: replace(snapshot, written, after), effect };
}

function takeAway(snapshot: Snapshot, written: Written): Step {
  return find(snapshot, written) === undefined
    ? { snapshot, effect: 'absent' }
    : { snapshot: replace(snapshot, written, undefined), effect: 'deleted' };
}

function find(snapshot: Snapshot, { list, object }: Written): Stored | undefined {
  if (list === 'cluster') return object.metadata.name === 'default' ? snapshot.cluster : undefined;
  const all: readonly Stored[] = snapshot[list];
  return all.find(({ metadata }) => isNamed(metadata, object.metadata));
}

function isNamed(a: WrittenMeta, b: WrittenMeta): boolean {
  return a.name === b.name && a.namespace === b.namespace;
}

function replace(snapshot: Snapshot, { list, object }: Written, after: Stored | undefined): Snapshot {
  if (list === 'cluster') {
    const { cluster: _, ...rest } = snapshot;
    return after === undefined ? rest : { ...rest, cluster: after as NonNullable<Snapshot['cluster']> };
  }
  const others = (snapshot[list] as readonly Stored[]).filter(({ metadata }) => !isNamed(metadata, object.metadata));
  return { ...snapshot, [list]: after === undefined ? others : [...others, after] };
}

function store({ kind, object }: Written, before: Stored | undefined, now: number): Stored {
  const { metadata, ...fields } = object;
  const created = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const known: ObjectMeta = before?.metadata ?? {
    name: metadata.name,
    // The API server's are random; placements are named by them.
    uid: [kind, ...(metadata.namespace === undefined ? [] : [metadata.namespace]), metadata.name]
      .join('.')
      .toLowerCase(),
    resourceVersion: '0',
    generation: 0,
    creationTimestamp: created,
  };
  const isSpecSame = before !== undefined && sameData(before.spec, fields.spec);
  return {
    ...before,
    ...fields,
    metadata: { ...known, ...metadata, generation: (known.generation ?? 0) + (isSpecSame ? 0 : 1) },
  };
}

function isSame(before: Stored, after: Stored): boolean {
  return sameData(before.spec, after.spec) && sameData(before.metadata.labels ?? {}, after.metadata.labels ?? {});
}
