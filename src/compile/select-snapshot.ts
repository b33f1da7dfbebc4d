import type { Pod } from '../api/pod.ts';
import { type Selection, selectPlan } from './select.ts';
import type { Snapshot } from './snapshot.ts';

/** What becomes of these Pods, as if all were on one node: what a Pod may is the same everywhere. */
export function selectPods(snapshot: Snapshot, pods: readonly Pod[]): Selection {
  const { cluster, egressClasses: classes, namespaces, ruleSets, placements } = snapshot;
  const nowhere = { name: 'preview', uid: 'preview', resourceVersion: '0', creationTimestamp: '1970-01-01T00:00:00Z' };
  return selectPlan({
    cluster: cluster ?? { metadata: { ...nowhere, name: 'default' }, spec: {} },
    node: { metadata: nowhere, spec: { uid: '', index: 8175, addresses: [], tunnelMAC: '02:ec:00:00:1f:ef' } },
    ...{ classes, namespaces, ruleSets, placements, pods },
    nodes: [],
  });
}
