import { check } from './failure.ts';
import { type Place, podName } from './manifests.ts';
import { eventually, found, missed } from './poll.ts';
import { conditionOf, describeConditions, describeName, listAt, textAt, valueAt } from './read.ts';
import type { Scope } from './test.ts';
import { ApiRefusal, type KubeObject } from './world.ts';

export interface PodFields {
  readonly labels?: Readonly<Record<string, string>>;
  readonly node?: string;
  readonly serviceAccount?: string;
  readonly hostNetwork?: boolean;
}

/** Creates a Pod and waits until it runs. */
export async function startPod(scope: Scope, at: Place, fields: PodFields = {}): Promise<KubeObject> {
  await createPod(scope, at, fields);
  return await untilRunning(scope, at);
}

/** Creates a Pod; tries again while its ServiceAccount, which somebody makes for every new namespace, is not there yet. */
export async function createPod(scope: Scope, at: Place, fields: PodFields = {}): Promise<void> {
  const where = describeName(podName(at));
  await eventually(scope, { expected: 'that it can be created', where, within: scope.timeouts.pod }, async () => {
    try {
      return found(await scope.create(podManifest(scope, at, fields)));
    } catch (error) {
      if (error instanceof ApiRefusal) return missed(error.message);
      throw error;
    }
  });
}

async function untilRunning(scope: Scope, at: Place): Promise<KubeObject> {
  const where = `${describeName(podName(at))} status`;
  return await eventually(scope, { expected: 'that it is Ready', where, within: scope.timeouts.pod }, async () => {
    const pod = await scope.world.api.get(podName(at));
    const ready = conditionOf(pod?.status, 'Ready')?.status === 'True' && textAt(pod, 'status', 'podIP') !== '';
    if (pod !== undefined && ready) return found(pod);
    return missed(`phase ${textAt(pod, 'status', 'phase')}, ${describeConditions(pod?.status)}`);
  });
}

function podManifest({ world }: Scope, at: Place, fields: PodFields): KubeObject {
  const { labels, node, serviceAccount, hostNetwork } = fields;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...at, ...(labels === undefined ? {} : { labels }) },
    spec: {
      containers: [world.podContainer],
      terminationGracePeriodSeconds: 0,
      ...(node === undefined ? {} : { nodeName: node }),
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      ...(hostNetwork === undefined ? {} : { hostNetwork }),
    },
  };
}

/** Names of the nodes that Pods can run on, at least one, in order. */
export async function readNodes(scope: Scope): Promise<readonly string[]> {
  const nodes = await scope.world.api.list({ apiVersion: 'v1', kind: 'Node' });
  const names = nodes.filter(isSchedulable).map(({ metadata }) => metadata.name);
  check(names.length > 0, { expected: 'a node that Pods can run on', seen: `${nodes.length} nodes`, where: 'Nodes' });
  return names.toSorted();
}

function isSchedulable(node: KubeObject): boolean {
  const taints = listAt(node, 'spec', 'taints').map((taint) => textAt(taint, 'effect'));
  const open =
    valueAt(node, 'spec', 'unschedulable') !== true && taints.every((effect) => effect === 'PreferNoSchedule');
  return open && conditionOf(node.status, 'Ready')?.status !== 'False';
}
