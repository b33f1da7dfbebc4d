import { ApiError } from '../../src/kube/api-error.ts';
import type { KubeClient, KubeRequest, KubeStreamRequest } from '../../src/kube/client.ts';
import { isRecord, type KubeObject } from '../../src/kube/object.ts';

/** An API server in memory: objects by path, one resourceVersion for all, create, read, merge patch, apply (as a merge), delete; no schemas, no admission. */
export interface FakeKubeClient extends KubeClient {
  readonly objects: Map<string, KubeObject>;
  /** "VERB path" of every request. */
  readonly log: readonly string[];
  /** Called before each request: throw to fail it, wait to delay it. */
  before: (request: KubeRequest) => void | Promise<void>;
  /** What a stream does; default: ends at once. */
  onStream: (request: KubeStreamRequest) => Promise<void>;
}

export function createFakeKubeClient(): FakeKubeClient {
  const objects = new Map<string, KubeObject>();
  const log: string[] = [];
  let version = 0;
  const store = (path: string, object: Record<string, unknown>): KubeObject => {
    const metadata = { ...(object['metadata'] as KubeObject['metadata']), resourceVersion: String(++version) };
    const stored = { ...object, metadata: { ...metadata, uid: metadata.uid ?? `uid-${version}` } };
    objects.set(path, stored);
    return stored;
  };
  const respond = (request: KubeRequest): unknown => {
    const { method, body } = request;
    const path = request.path.replace(/\/status$/, '');
    const known = objects.get(path);
    if (method === 'POST') {
      const target = `${path}/${encodeURIComponent((body as KubeObject).metadata.name)}`;
      if (objects.has(target)) throw refuse(request, 409, 'AlreadyExists');
      return store(target, body as Record<string, unknown>);
    }
    if (known === undefined) {
      if (request.contentType?.includes('apply')) return store(path, body as Record<string, unknown>);
      throw refuse(request, 404, 'NotFound');
    }
    if (method === 'GET') return known;
    if (method === 'DELETE') return void objects.delete(path);
    const expected = isRecord(body) && isRecord(body['metadata']) ? body['metadata']['resourceVersion'] : undefined;
    if (expected !== undefined && expected !== known.metadata.resourceVersion) throw refuse(request, 409, 'Conflict');
    return store(path, mergeJson(known, body) as Record<string, unknown>);
  };
  const fake: FakeKubeClient = {
    objects,
    log,
    before: () => undefined,
    onStream: async () => undefined,
    request: async (request) => {
      log.push(`${request.method} ${request.path}`);
      request.signal?.throwIfAborted();
      await fake.before(request);
      request.signal?.throwIfAborted();
      return { status: 200, body: structuredClone(respond(request)) };
    },
    stream: async (request) => {
      log.push(`WATCH ${request.path}`);
      await fake.onStream(request);
    },
  };
  return fake;
}

/** An ApiError as the real client would make it. */
export function refuse(request: Pick<KubeRequest, 'method' | 'path'>, code: number, reason: string): ApiError {
  return new ApiError({ verb: request.method, path: request.path, code, reason, statusMessage: 'fake' });
}

/** RFC 7396. */
export function mergeJson(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch) || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(target) && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergeJson(merged[name], value);
  }
  return merged;
}
