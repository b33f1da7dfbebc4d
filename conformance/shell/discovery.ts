import { ApiError, type KubeClient } from '../../src/kube/client.ts';
import { isRecord } from '../../src/kube/object.ts';
import type { ResourceRef } from '../../src/kube/resource.ts';
import type { ObjectName } from '../lib/world.ts';

/** How the API server serves kinds; each group and version is asked for once. */
export interface Discovery {
  /** ApiError 404 when the kind is not served. */
  resourceOf(kind: Pick<ObjectName, 'apiVersion' | 'kind'>): Promise<ResourceRef>;
}

/** Discovery by APIResourceLists (`/api/v1`, `/apis/GROUP/VERSION`). */
export function createDiscovery(client: KubeClient): Discovery {
  const lists = new Map<string, Promise<readonly ResourceRef[]>>();
  const listOf = (apiVersion: string) => {
    const known = lists.get(apiVersion) ?? readList(client, apiVersion);
    lists.set(apiVersion, known);
    known.catch(() => lists.delete(apiVersion));
    return known;
  };
  return {
    resourceOf: async ({ apiVersion, kind }) => {
      const resource = (await listOf(apiVersion)).find((candidate) => candidate.kind === kind);
      if (resource !== undefined) return resource;
      const statusMessage = `the API server does not serve ${kind} of ${apiVersion}: its CRD is not installed`;
      throw new ApiError({ verb: 'GET', path: pathOf(apiVersion), code: 404, reason: 'NotFound', statusMessage });
    },
  };
}

const pathOf = (apiVersion: string) => (apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`);

async function readList(client: KubeClient, apiVersion: string): Promise<readonly ResourceRef[]> {
  const { body } = await client.request({ method: 'GET', path: pathOf(apiVersion) });
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const entries: readonly unknown[] = isRecord(body) && Array.isArray(body['resources']) ? body['resources'] : [];
  return entries.flatMap((entry) => {
    if (!isRecord(entry)) return [];
    const { name, kind, namespaced } = entry;
    // "gateways/status" is a subresource.
    if (typeof name !== 'string' || typeof kind !== 'string' || name.includes('/')) return [];
    return [{ group, version, plural: name, kind, namespaced: namespaced === true }];
  });
}
