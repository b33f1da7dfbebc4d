import { isConflict } from './api-error.ts';
import type { KubeClient } from './client.ts';
import { recordAt } from './project.ts';
import { objectPath, type ResourceRef } from './resource.ts';

const nodes: ResourceRef = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
const attempts = 5;

/** core/v1 Taint as it is written; or only the key of the one that shall be gone. */
export type WantedTaint =
  | { readonly key: string; readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute' }
  | { readonly key: string; readonly effect?: undefined };

/** Sets a taint of a Node or removes those of its key, and leaves others as they are; resolves to whether that changed anything. Rejects with ApiError. */
export async function setTaint(
  client: KubeClient,
  node: string,
  { taint, signal }: { readonly taint: WantedTaint; readonly signal: AbortSignal },
): Promise<boolean> {
  const path = objectPath(nodes, { name: node });
  const wanted = taint.effect !== undefined;
  for (let attempt = 1; ; attempt += 1) {
    const { body } = await client.request({ method: 'GET', path, signal });
    const before = taintsOf(body);
    const others = before.filter((each) => recordAt({ each }, 'each')['key'] !== taint.key);
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
