import { drainTaint } from '../api/names.ts';
import { resources } from '../api/resources.ts';
import { isConflict } from '../kube/api-error.ts';
import type { KubeClient } from '../kube/client.ts';
import { recordAt } from '../kube/project.ts';
import { objectPath } from '../kube/resource.ts';

/** Pods may still run there, but need not begin there. */
const taint = { key: drainTaint, effect: 'PreferNoSchedule' } as const;
const attempts = 5;

/** Sets or removes the taint `sallyport.dev/drain` of a Node; resolves to whether that changed anything. Rejects with ApiError. */
export async function setDrainTaint(
  client: KubeClient,
  node: string,
  { wanted, signal }: { readonly wanted: boolean; readonly signal: AbortSignal },
): Promise<boolean> {
  const path = objectPath(resources.nodes, { name: node });
  for (let attempt = 1; ; attempt += 1) {
    const { body } = await client.request({ method: 'GET', path, signal });
    const before = taintsOf(body);
    const others = before.filter((each) => recordAt({ each }, 'each')['key'] !== drainTaint);
    if (others.length < before.length === wanted) return false;
    const taints = wanted ? [...others, taint] : others;
    const { resourceVersion } = recordAt(body, 'metadata');
    try {
      await client.request({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        // Taints are one list to a merge patch: another's that came meanwhile must not get lost.
        body: { metadata: { resourceVersion }, spec: { taints } },
        signal,
      });
      return true;
    } catch (error) {
      if (!isConflict(error) || attempt === attempts) throw error;
    }
  }
}

function taintsOf(node: unknown): readonly unknown[] {
  const { taints } = recordAt(node, 'spec');
  return Array.isArray(taints) ? taints : [];
}
