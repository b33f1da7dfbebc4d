import { setTimeout as sleep } from 'node:timers/promises';
import type { Applied } from './install.ts';
import { ApiError, type KubeApi, type KubeObject } from './kube-api.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

interface StatusObject extends KubeObject {
  readonly spec?: { readonly gatewayClassName?: string; readonly controllerName?: string; readonly replicas?: number };
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly parents?: readonly { readonly controllerName: string; readonly conditions?: readonly Condition[] }[];
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly phase?: string;
  };
}

const controllerName = 'sallyport.dev/egress-controller';
const gatewayKinds = ['GatewayClass', 'Gateway', 'EgressRoute', 'ClusterEgressRoute'];

/**
 * Waits until every applied object is settled: what has conditions carries its current generation in all of them, what is
 * Accepted is Programmed, workloads are available. Refused objects are settled. Throws with a line per object that is not.
 */
export async function waitUntilReady(api: KubeApi, applied: readonly Applied[], timeoutMs = 60_000): Promise<void> {
  const paths = await findPaths(api, applied);
  const end = performance.now() + timeoutMs;
  let left = paths;
  for (;;) {
    const answers = await Promise.all(left.map(async (path) => ({ path, why: await whyNotReady(api, path) })));
    const waiting = answers.filter(({ why }) => why !== undefined);
    if (waiting.length === 0) return;
    if (performance.now() > end) {
      const lines = waiting.map(({ why }) => `  ${why}`);
      throw new Error(`not ready within ${timeoutMs / 1000} s:\n${lines.join('\n')}`);
    }
    left = waiting.map(({ path }) => path);
    await sleep(100);
  }
}

interface ResourceList {
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[];
}

/** The path of every object whose kind says by its status how far it is. */
async function findPaths(api: KubeApi, applied: readonly Applied[]): Promise<readonly string[]> {
  const kinds = [
    ...gatewayKinds,
    'EgressAddressPool',
    'EgressCluster',
    'Deployment',
    'StatefulSet',
    'DaemonSet',
    'Pod',
  ];
  const objects = applied.filter(({ kind = '' }) => kinds.includes(kind));
  const versions = [...new Set(objects.map(({ apiVersion = '' }) => apiVersion))];
  const lists = new Map(
    await Promise.all(
      versions.map(async (version) => {
        const base = version.includes('/') ? `/apis/${version}` : `/api/${version}`;
        return [version, { base, ...(await api.request<ResourceList>({ path: base })) }] as const;
      }),
    ),
  );
  return objects.flatMap(({ apiVersion = '', kind, metadata }) => {
    const list = lists.get(apiVersion);
    const resource = list?.resources.find((entry) => entry.kind === kind && !entry.name.includes('/'));
    if (list === undefined || resource === undefined) return [];
    const namespace = resource.namespaced ? `/namespaces/${metadata.namespace}` : '';
    return [`${list.base}${namespace}/${resource.name}/${metadata.name}`];
  });
}

async function whyNotReady(api: KubeApi, path: string): Promise<string | undefined> {
  try {
    const object = await api.request<StatusObject>({ path });
    const why = (await isForeign(api, object)) ? undefined : judge(object);
    return why === undefined ? undefined : `${object.kind} ${objectName(object)}: ${why}`;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined; // deleted meanwhile
    return `${path}: ${(error as Error).message}`;
  }
}

function objectName({ metadata }: KubeObject): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}

/** True for classes of other controllers and their Gateways: Sallyport leaves them alone. */
async function isForeign(api: KubeApi, object: StatusObject): Promise<boolean> {
  if (object.kind === 'GatewayClass') return object.spec?.controllerName !== controllerName;
  if (object.kind !== 'Gateway') return false;
  try {
    const path = `/apis/gateway.networking.k8s.io/v1/gatewayclasses/${object.spec?.gatewayClassName}`;
    return isForeign(api, await api.request<StatusObject>({ path }));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return true;
    throw error;
  }
}

/** What the object still lacks; undefined when it is settled. Exported for its tests. */
export function judge(object: StatusObject): string | undefined {
  const { kind = '', metadata, spec, status } = object;
  if (kind === 'Pod') return status?.phase === 'Succeeded' ? undefined : judgeCondition(status?.conditions, 'Ready');
  if (kind === 'Deployment' || kind === 'StatefulSet' || kind === 'DaemonSet') {
    const isDaemon = kind === 'DaemonSet';
    const wanted = isDaemon ? status?.desiredNumberScheduled : (spec?.replicas ?? 1);
    const ready = isDaemon ? status?.numberReady : status?.availableReplicas;
    if (status?.observedGeneration !== metadata.generation) return 'not seen by its controller yet';
    return wanted !== undefined && (ready ?? 0) >= wanted ? undefined : `${ready ?? 0} of ${wanted ?? '?'} ready`;
  }
  const sets = conditionSets(object);
  if (sets.length === 0) return 'no conditions yet';
  for (const conditions of sets) {
    const old = conditions.find(({ observedGeneration }) => observedGeneration !== metadata.generation);
    if (old !== undefined) return `${old.type} is of generation ${old.observedGeneration}, not ${metadata.generation}`;
    const accepted = conditions.find(({ type }) => type === 'Accepted')?.status === 'True';
    if (kind === 'GatewayClass' || !gatewayKinds.includes(kind) || !accepted) continue;
    const why = judgeCondition(conditions, 'Programmed');
    if (why !== undefined) return why;
  }
  return undefined;
}

/** The lists of conditions that are ours to wait for: the object's own, and one per parent of a route. */
function conditionSets({ status }: StatusObject): readonly (readonly Condition[])[] {
  const parents = (status?.parents ?? []).filter((parent) => parent.controllerName === controllerName);
  return [status?.conditions, ...parents.map(({ conditions }) => conditions)].filter(
    (conditions): conditions is readonly Condition[] => conditions !== undefined && conditions.length > 0,
  );
}

function judgeCondition(conditions: readonly Condition[] | undefined, type: string): string | undefined {
  const found = conditions?.find((condition) => condition.type === type);
  if (found?.status === 'True') return undefined;
  const reason =
    found === undefined ? 'missing' : `${found.status} ${found.reason ?? ''} ${found.message ?? ''}`.trim();
  return `${type} is ${reason}`;
}
