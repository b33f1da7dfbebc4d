import type { Gateway, GatewayClass } from '../../../src/api/gateway.ts';
import type {
  ClusterRouteMatch,
  EgressAddressPoolSpec,
  EgressClassSpec,
  EgressRouteSpec,
  EgressRouteStatus,
} from '../../../src/api/kinds.ts';
import type { KubeObject } from '../../lib/world.ts';
import type { ObjectStore } from '../cluster/object-store.ts';
import type { Wrong } from '../mistakes.ts';

/** What every decision of the fake is made from. */
export interface View {
  readonly store: ObjectStore;
  readonly wrong: Wrong;
  readonly controllerName: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** What was seen first of a thing, for mistakes of those who look only once. */
  readonly memory: Map<string, unknown>;
}

/** What `memory` has under this key: `value` the first time. */
export function firstOf<Value>({ memory }: View, key: string, value: Value): Value {
  if (!memory.has(key)) memory.set(key, value);
  return memory.get(key) as Value;
}

type Meta = Required<Pick<KubeObject['metadata'], 'name' | 'uid' | 'generation' | 'creationTimestamp'>> &
  KubeObject['metadata'];

/** An object whose spec the fake's schema has let through. */
export interface Typed<Spec, Status = unknown> extends KubeObject {
  readonly metadata: Meta;
  readonly spec: Spec;
  readonly status?: Status;
}

export type ClassObject = Typed<GatewayClass['spec'], GatewayClass['status']>;
export type GatewayObject = Typed<Gateway['spec'], GatewayStatus>;
export type EgressClassObject = Typed<EgressClassSpec>;
export type PoolObject = Typed<
  EgressAddressPoolSpec,
  { readonly conditions?: NonNullable<EgressRouteStatus['conditions']> }
>;
export type RouteSpec = EgressRouteSpec<ClusterRouteMatch>;
export type RouteRule = RouteSpec['rules'][number];
export type RouteMatch = ClusterRouteMatch;
export type RouteObject = Typed<RouteSpec, Partial<EgressRouteStatus>>;
export type PodObject = Typed<
  { readonly nodeName?: string; readonly hostNetwork?: boolean; readonly serviceAccountName?: string },
  { readonly podIP?: string; readonly podIPs?: readonly { readonly ip: string }[] }
>;
type GatewayStatus = NonNullable<Gateway['status']>;

/** The objects of a kind, which were typed by the schema. */
export function read<Object extends KubeObject>({ store }: Pick<View, 'store'>, kind: string): readonly Object[] {
  return store.list(kind) as readonly Object[];
}

/** "namespace/name", or "name" of a cluster-scoped object. */
export function keyOf({ metadata }: KubeObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** Oldest first, then by namespace/name. */
export function byAge(a: KubeObject, b: KubeObject): number {
  const [left, right] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (left !== right) return left < right ? -1 : 1;
  return keyOf(a) < keyOf(b) ? -1 : 1;
}

/** Labels of a namespace; none when it does not exist. */
export function namespaceLabels(view: View, namespace: string): Labels {
  const found = view.store.get('Namespace', undefined, namespace)?.metadata;
  const labels = found?.labels ?? {};
  const first = firstOf(view, `labels of ${found?.uid}`, labels);
  return first !== labels && view.wrong('namespace-labels-read-once') ? first : labels;
}

export type Labels = Readonly<Record<string, string>>;
