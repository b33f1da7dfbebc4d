import { drainTaint } from '../api/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { setTaint } from '../kube/taints.ts';

/** Sets or removes the taint `sallyport.dev/drain` of a Node; resolves to whether that changed anything. Rejects with ApiError. */
export async function setDrainTaint(
  client: KubeClient,
  node: string,
  { wanted, signal }: { readonly wanted: boolean; readonly signal: AbortSignal },
): Promise<boolean> {
  // Pods may still run there, but need not begin there.
  const taint = wanted ? ({ key: drainTaint, effect: 'PreferNoSchedule' } as const) : { key: drainTaint };
  return await setTaint(client, node, { taint, signal });
}
