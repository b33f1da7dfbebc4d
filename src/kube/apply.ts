import { ApiError, isConflict, isNotFound } from './api-error.ts';
import { type ListOptions, readPages } from './list.ts';
import { isKubeObject, isRecord, type KubeObject, type ObjectName } from './object.ts';
import type { KubeClient, KubeRequest } from './request.ts';
import { apiVersionOf, collectionPath, objectPath, type ResourceRef } from './resource.ts';

export interface WriteOptions {
  readonly subresource?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take fields from other managers instead of failing with 409. */
  readonly force?: boolean | undefined;
}

/** An object to write, with whatever else it has: `apiVersion` and `kind` are filled in from the resource. */
export type ObjectToWrite = { readonly metadata: { readonly name: string; readonly namespace?: string | undefined } };

/** Server-side apply: creates or changes exactly the given fields; a list that the schema calls atomic is replaced whole. Another manager's field without `force`: ApiError 409. */
export async function applyObject<O extends ObjectToWrite>(
  client: KubeClient,
  resource: ResourceRef,
  object: O,
  options: ApplyOptions,
): Promise<KubeObject> {
  return await send(client, {
    method: 'PATCH',
    path: objectPath(resource, object.metadata, options.subresource),
    query: { fieldManager: options.fieldManager, force: options.force, dryRun: renderDryRun(options) },
    contentType: 'application/apply-patch+yaml', // JSON is YAML
    body: typed(resource, object),
    signal: options.signal,
  });
}

/** Merge patch (RFC 7396: null removes, arrays are replaced whole); with `resourceVersion` a change by anybody since then is ApiError 409. */
export async function mergePatch(
  client: KubeClient,
  resource: ResourceRef,
  at: ObjectName,
  patch: object,
  options: WriteOptions & {
    readonly resourceVersion?: string | undefined;
    readonly retries?: number | undefined;
    readonly timeoutMs?: number | undefined;
  } = {},
): Promise<KubeObject> {
  const { resourceVersion, retries, timeoutMs } = options;
  const metadata = { ...('metadata' in patch && isRecord(patch.metadata) ? patch.metadata : {}), resourceVersion };
  return await send(client, {
    method: 'PATCH',
    path: objectPath(resource, at, options.subresource),
    query: { dryRun: renderDryRun(options) },
    contentType: 'application/merge-patch+json',
    body: resourceVersion === undefined ? patch : { ...patch, metadata },
    signal: options.signal,
    retries,
    timeoutMs,
  });
}

export interface UpdateStatusOptions {
  /** The object as last seen, instead of reading it first; it may be old. */
  readonly current?: KubeObject | undefined;
  /** Default 5. */
  readonly attempts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads, computes and merge-patches `status` under the resourceVersion that was read, again after each conflict; `compute` returns undefined when nothing is to be written. Resolves to the object as it is then; rejects with the last conflict when `attempts` are used up. */
export async function updateStatusWithRetry(
  at: { readonly client: KubeClient; readonly resource: ResourceRef; readonly object: ObjectName },
  compute: (current: KubeObject) => object | undefined,
  options: UpdateStatusOptions = {},
): Promise<KubeObject> {
  const { client, resource, object } = at;
  const { signal, attempts = 5 } = options;
  let current = options.current;
  for (let attempt = 1; ; attempt++) {
    current ??= await getObject(client, resource, object, { signal });
    const status = compute(current);
    if (status === undefined) return current;
    const { resourceVersion } = current.metadata;
    try {
      return await mergePatch(client, resource, object, { status }, { subresource: 'status', resourceVersion, signal });
    } catch (error) {
      if (!isConflict(error) || attempt >= attempts) throw error;
      current = undefined;
    }
  }
}

/** Creates; ApiError 409 AlreadyExists when the name is taken. */
export async function createObject<O extends ObjectToWrite>(
  client: KubeClient,
  resource: ResourceRef,
  object: O,
  options: WriteOptions & { readonly fieldManager?: string | undefined; readonly timeoutMs?: number | undefined } = {},
): Promise<KubeObject> {
  if (resource.namespaced && object.metadata.namespace === undefined)
    throw new RangeError(`${resource.kind} ${object.metadata.name} is namespaced: give its namespace`);
  return await send(client, {
    method: 'POST',
    path: collectionPath(resource, object.metadata.namespace),
    query: { fieldManager: options.fieldManager, dryRun: renderDryRun(options) },
    body: typed(resource, object),
    signal: options.signal,
    timeoutMs: options.timeoutMs,
  });
}

export interface DeleteOptions {
  /** Preconditions: ApiError 409 when the object is another, or has changed. */
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Deletes; false when there was nothing to delete. */
export async function deleteObject(
  client: KubeClient,
  resource: ResourceRef,
  at: ObjectName,
  { uid, resourceVersion, propagationPolicy, signal }: DeleteOptions = {},
): Promise<boolean> {
  const preconditions = { uid, resourceVersion };
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy };
  try {
    await client.request({ method: 'DELETE', path: objectPath(resource, at), body, signal });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** Reads one object; ApiError 404 when it does not exist. */
export async function getObject(
  client: KubeClient,
  resource: ResourceRef,
  at: ObjectName,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined } = {},
): Promise<KubeObject> {
  return await send(client, { method: 'GET', path: objectPath(resource, at), ...options });
}

/** Reads a whole collection, paged, as one consistent state; items that are no objects are left out. For what is watched, use a reflector. */
export async function listObjects(
  client: KubeClient,
  resource: ResourceRef,
  options: ListOptions = {},
): Promise<{ readonly items: readonly KubeObject[]; readonly resourceVersion: string }> {
  let items: KubeObject[] = [];
  const resourceVersion = await readPages({ client, resource }, options, (page, restart) => {
    if (restart) items = [];
    for (const item of page) if (isKubeObject(item)) items.push(item);
  });
  return { items, resourceVersion };
}

async function send(client: KubeClient, request: KubeRequest): Promise<KubeObject> {
  const { body } = await client.request(request);
  if (isKubeObject(body)) return body;
  const statusMessage = `the answer is no object: ${JSON.stringify(body)?.slice(0, 100)}`;
  throw new ApiError({ verb: request.method, path: request.path, code: 0, reason: 'BadBody', statusMessage });
}

function typed(resource: ResourceRef, object: ObjectToWrite): object {
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
}

const renderDryRun = ({ dryRun }: WriteOptions) => (dryRun === true ? 'All' : undefined);
