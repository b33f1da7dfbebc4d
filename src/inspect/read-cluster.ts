import { projectPod } from '../agent/project-pod.ts';
import type { Pod } from '../api/pod.ts';
import { resources } from '../api/resources.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { type Lists, snapshotOf, watchedKinds } from '../controller/watches.ts';
import { isNotFound, type KubeClient } from '../kube/client.ts';
import { readPages } from '../kube/list.ts';
import { objectPath } from '../kube/resource.ts';
import type { Watched } from '../kube/watched.ts';

/** Reads once what the controller watches, as it sees it; rejects with ApiError, which names the kind that may not be read. */
export async function readCluster(client: KubeClient, now: number, signal: AbortSignal): Promise<Snapshot> {
  const entries = Object.entries<Watched<unknown>>(watchedKinds as never);
  const read = async ([name, kind]: [string, Watched<unknown>]) => [name, await readKind(client, kind, signal)];
  return snapshotOf(Object.fromEntries(await Promise.all(entries.map(read))) as Lists, now, new Map());
}

/** All objects of a kind as its watch would keep them; none of one that need not be served, and is not. */
export async function readKind<T>(
  client: KubeClient,
  { resource, project, fieldSelector, optional }: Watched<T>,
  signal: AbortSignal,
): Promise<readonly T[]> {
  let items: T[] = [];
  await readPages({ client, resource }, { fieldSelector, signal }, (page, restart) => {
    const kept = page.flatMap((raw) => {
      const item = project(raw);
      return item === undefined ? [] : [item];
    });
    items = [...(restart ? [] : items), ...kept];
  }).catch((error: unknown) => {
    if (optional !== true || !isNotFound(error)) throw error;
  });
  return items;
}

/** All Pods, as agents see them. */
export function readPods(client: KubeClient, signal: AbortSignal): Promise<readonly Pod[]> {
  return readKind(client, { resource: resources.pods, project: projectPod }, signal);
}

/** One Pod; undefined when there is none of that name. */
export async function readPod(
  client: KubeClient,
  at: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<Pod | undefined> {
  try {
    const { body } = await client.request({ method: 'GET', path: objectPath(resources.pods, at), signal });
    return projectPod(body);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
