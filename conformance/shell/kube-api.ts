import { createObject, deleteObject, getObject, listObjects, mergePatch } from '../../src/kube/apply.ts';
import { ApiError, type KubeClient } from '../../src/kube/client.ts';
import type { KubeObject as ServedObject } from '../../src/kube/object.ts';
import type { ResourceRef } from '../../src/kube/resource.ts';
import { type Api, ApiRefusal, type KubeObject, type ObjectName } from '../lib/world.ts';
import type { Discovery } from './discovery.ts';

/** The suite's `Api` over a client, for whatever kinds the API server serves. */
export function createApi(client: KubeClient, discovery: Discovery): Api {
  const onResource = async <T>(
    kind: Pick<ObjectName, 'apiVersion' | 'kind'>,
    work: (resource: ResourceRef) => Promise<T>,
  ): Promise<T> => {
    try {
      return await work(await discovery.resourceOf(kind));
    } catch (error) {
      throw refusalOf(error);
    }
  };
  return {
    create: (object) =>
      onResource(object, async (resource) => typed(object, await createObject(client, resource, object))),
    get: (name) =>
      onResource(name, async (resource) => {
        try {
          return typed(name, await getObject(client, resource, name));
        } catch (error) {
          if (error instanceof ApiError && error.code === 404) return undefined;
          throw error;
        }
      }),
    list: (kind, labels = {}) =>
      onResource(kind, async (resource) => {
        const labelSelector = Object.entries(labels)
          .map(([key, value]) => `${key}=${value}`)
          .join(',');
        const { items } = await listObjects(client, resource, {
          namespace: kind.namespace,
          labelSelector: labelSelector === '' ? undefined : labelSelector,
        });
        return items.map((item) => typed(kind, item));
      }),
    patch: (name, patch) =>
      onResource(name, async (resource) => typed(name, await mergePatch(client, resource, name, asObject(patch)))),
    patchStatus: (name, patch) =>
      onResource(name, async (resource) =>
        typed(name, await mergePatch(client, resource, name, asObject(patch), { subresource: 'status' })),
      ),
    delete: (name) =>
      onResource(name, async (resource) => {
        await deleteObject(client, resource, name, { propagationPolicy: 'Background' });
      }),
  };
}

// Items of a list come without apiVersion and kind.
function typed({ apiVersion, kind }: Pick<ObjectName, 'apiVersion' | 'kind'>, object: ServedObject): KubeObject {
  return { ...object, apiVersion, kind };
}

function refusalOf(error: unknown): unknown {
  return error instanceof ApiError ? new ApiRefusal(error.code, error.message) : error;
}

function asObject(patch: unknown): object {
  if (typeof patch === 'object' && patch !== null) return patch;
  throw new TypeError(`a merge patch of an object is an object, not ${JSON.stringify(patch)}`);
}
