import { ApiError, apiErrorFromAnswer } from './api-error.ts';
import { isKubeObject, isRecord, keyOf } from './object.ts';

/** One line of a watch as the reflector acts on it; `version` is the resourceVersion to resume from. */
export type WatchEvent<T> =
  | { readonly kind: 'upsert'; readonly key: string; readonly version: string; readonly item: T }
  | { readonly kind: 'remove'; readonly key: string; readonly version: string; readonly bad?: BadObject }
  | { readonly kind: 'bookmark'; readonly version: string; readonly initialEnd: boolean }
  | { readonly kind: 'ignore'; readonly bad?: BadObject };

/** An object that `project` threw on, or that has no metadata: it is left out, and reported. */
export interface BadObject {
  readonly key: string;
  readonly error: unknown;
}

/** What becomes of a raw object: an item, nothing (not wanted), or nothing and a report. */
export type Projected<T> = { readonly key: string; readonly item?: T; readonly bad?: BadObject };

export type Project<T> = (raw: unknown) => T | undefined;

/** Parses one line of a watch stream. An ERROR event and a line that is no watch event throw ApiError (`at` says of which request). */
export function parseWatchLine<T>(
  line: string,
  project: Project<T>,
  at: { readonly verb: string; readonly path: string },
): WatchEvent<T> {
  const event = parseJson(line, at);
  const object = event['object'];
  switch (event['type']) {
    case 'ADDED':
    case 'MODIFIED':
      return toUpsert(projectObject(object, project), versionOf(object));
    case 'DELETED':
      return isKubeObject(object)
        ? { kind: 'remove', key: keyOf(object.metadata), version: versionOf(object) }
        : { kind: 'ignore', bad: badObject(object) };
    case 'BOOKMARK':
      return { kind: 'bookmark', version: versionOf(object), initialEnd: isInitialEnd(object) };
    case 'ERROR':
      throw apiErrorFromAnswer(at, { status: codeOf(object), body: object });
    default:
      return { kind: 'ignore' }; // a type that a later Kubernetes adds
  }
}

/** Projects one raw object of a list or a watch; never throws. */
export function projectObject<T>(raw: unknown, project: Project<T>): Projected<T> {
  if (!isKubeObject(raw)) return { key: '', bad: badObject(raw) };
  const key = keyOf(raw.metadata);
  try {
    const item = project(raw);
    return item === undefined ? { key } : { key, item };
  } catch (error) {
    return { key, bad: { key, error } };
  }
}

// An object that is not wanted, or cannot be read, any more is one that is gone: what a store holds follows from the
// cluster's present state alone, never from the way there.
function toUpsert<T>(projected: Projected<T>, version: string): WatchEvent<T> {
  const { key, item, bad } = projected;
  if (item !== undefined) return { kind: 'upsert', key, version, item };
  const report = bad === undefined ? {} : { bad };
  return key === '' ? { kind: 'ignore', ...report } : { kind: 'remove', key, version, ...report };
}

function parseJson(
  line: string,
  at: { readonly verb: string; readonly path: string },
): Readonly<Record<string, unknown>> {
  try {
    const event: unknown = JSON.parse(line);
    if (isRecord(event)) return event;
  } catch {
    // falls through: the same answer for no JSON and for JSON that is no event
  }
  const statusMessage = `a line of the watch is no event: ${JSON.stringify(line.slice(0, 100))}`;
  throw new ApiError({ ...at, code: 0, reason: 'BadBody', statusMessage });
}

function metadataOf(object: unknown): Readonly<Record<string, unknown>> {
  const metadata = isRecord(object) ? object['metadata'] : undefined;
  return isRecord(metadata) ? metadata : {};
}

function versionOf(object: unknown): string {
  const version = metadataOf(object)['resourceVersion'];
  return typeof version === 'string' ? version : '';
}

function isInitialEnd(object: unknown): boolean {
  const annotations = metadataOf(object)['annotations'];
  return isRecord(annotations) && annotations['k8s.io/initial-events-end'] === 'true';
}

function codeOf(object: unknown): number {
  const code = isRecord(object) ? object['code'] : undefined;
  return typeof code === 'number' && code >= 300 ? code : 500;
}

function badObject(raw: unknown): BadObject {
  return { key: '', error: new Error(`an object without metadata.name: ${JSON.stringify(raw)?.slice(0, 200)}`) };
}
