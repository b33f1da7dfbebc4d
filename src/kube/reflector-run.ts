import { ApiError, isRefusedAsInvalid, isTransient } from './api-error.ts';
import { readPages } from './list.ts';
import type { ReflectOptions } from './reflector-options.ts';
import { freshRetryState, type RetryState } from './reflector-retry.ts';
import type { KubeClient, KubeStreamRequest } from './request.ts';
import { collectionPath } from './resource.ts';
import { isOlderVersion } from './resource-version.ts';
import { parseWatchLine, projectObject, type WatchEvent } from './watch-event.ts';

/** A reflector's whole memory. */
export interface Run<T> {
  readonly client: KubeClient;
  readonly options: ReflectOptions<T>;
  readonly path: string;
  /** Where the next watch resumes; undefined: list first. */
  version: string | undefined;
  /** The next list is read in pages: the server refused to stream it, or did not finish. */
  paged: boolean;
  progressed: boolean;
  synced: boolean;
  lastSeen: number | undefined;
  lastReport: number;
  retry: RetryState;
}

export function startRun<T>(client: KubeClient, options: ReflectOptions<T>): Run<T> {
  const path = collectionPath(options.resource, options.namespace);
  const memory = { version: undefined, paged: false, progressed: false, synced: false, lastSeen: undefined };
  return { client, options, path, ...memory, lastReport: 0, retry: freshRetryState };
}

/** Lists, or watches from `version`, or both, until that ends; resolves to why, undefined when the server ended it in order. */
export async function attempt<T>(run: Run<T>): Promise<unknown> {
  try {
    if (run.version !== undefined) await watch(run, run.version);
    else if (run.paged) await listPages(run);
    else await listStreaming(run);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.code !== 0) run.lastSeen = run.options.clock.monotonic();
    return error ?? new Error('something threw undefined');
  }
}

async function listPages<T>(run: Run<T>): Promise<void> {
  report(run, { kind: 'listing' });
  const items = new Map<string, T>();
  run.paged = false; // if this fails too, streaming is as good
  const version = await readPages(
    { client: run.client, resource: run.options.resource },
    run.options,
    (raws, restart) => {
      if (restart) items.clear();
      for (const raw of raws) {
        const { key, item, bad } = projectObject(raw, run.options.project);
        if (bad !== undefined) run.options.onBadObject?.(bad);
        if (item !== undefined) items.set(key, item);
      }
    },
  );
  complete(run, items, version);
}

// KEP-3157: the list comes as ADDED events, ends with a marked bookmark, and the stream goes on as the watch. The old
// contents stay in the sink until the bookmark.
async function listStreaming<T>(run: Run<T>): Promise<void> {
  report(run, { kind: 'listing' });
  let initial: Map<string, T> | undefined = new Map();
  const query = { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' };
  try {
    await stream(run, query, (event) => {
      if (initial === undefined) return applyEvent(run, event);
      if (event.kind === 'upsert') initial.set(event.key, event.item);
      if (event.kind === 'remove') initial.delete(event.key);
      if (event.kind !== 'bookmark' || !event.initialEnd) return;
      complete(run, initial, event.version);
      initial = undefined;
      report(run, { kind: 'watching' });
    });
  } catch (error) {
    if (initial !== undefined) run.paged = !isTransient(error);
    if (initial !== undefined && isRefusedAsInvalid(error)) return await listPages(run);
    throw error;
  }
  if (initial === undefined) return;
  run.paged = true;
  const statusMessage = 'the stream ended before the initial list was complete';
  throw new ApiError({ verb: 'WATCH', path: run.path, code: 0, reason: 'Network', statusMessage });
}

async function watch<T>(run: Run<T>, version: string): Promise<void> {
  await stream(run, { resourceVersion: version }, (event) => applyEvent(run, event));
}

async function stream<T>(
  run: Run<T>,
  query: Readonly<Record<string, string | boolean>>,
  onEvent: (event: WatchEvent<T>) => void,
): Promise<void> {
  const { clock, signal, random = Math.random, labelSelector, fieldSelector, project } = run.options;
  const at = { verb: 'WATCH', path: run.path };
  // Random, so that the watches of a thousand agents, all started together, are not renewed together.
  const timeoutSeconds = 300 + Math.floor(random() * 301);
  let opened = false;
  const request: KubeStreamRequest = {
    method: 'GET',
    path: run.path,
    query: { watch: true, allowWatchBookmarks: true, timeoutSeconds, labelSelector, fieldSelector, ...query },
    signal,
    idleTimeoutMs: run.options.inactivityMs ?? 90_000,
    onOpen: () => {
      opened = true;
      run.lastSeen = clock.monotonic();
      if (run.version !== undefined) report(run, { kind: 'watching' });
    },
    onLine: (line) => {
      run.lastSeen = clock.monotonic();
      const event = parseWatchLine(line, project, at);
      if ('bad' in event) run.options.onBadObject?.(event.bad);
      onEvent(event);
      if (run.version !== undefined && run.lastSeen - run.lastReport >= reportEveryMs)
        report(run, { kind: 'watching' });
    },
  };
  await run.client.stream(request).catch((error: unknown) => {
    // Bookmarks come every minute only where etcd reports progress. Elsewhere a quiet watch and a dead connection look
    // the same, so silence on an open watch is no failure: it is renewed from where it was.
    if (!opened || !(error instanceof ApiError) || error.reason !== 'Timeout') throw error;
  });
}

const reportEveryMs = 5_000;

function applyEvent<T>(run: Run<T>, event: WatchEvent<T>): void {
  if (event.kind === 'ignore') return;
  if (event.kind === 'upsert') run.options.sink.upsert(event.key, event.item);
  if (event.kind === 'remove') run.options.sink.remove(event.key);
  if (event.kind === 'bookmark') checkNotRestored(run, event.version);
  // Only now: if the sink threw, the next watch delivers the event again.
  if (event.version === '' || event.version === run.version) return;
  run.version = event.version;
  run.progressed = true;
}

// After etcd was restored from a backup, versions start again lower and the API server holds back all events up to ours,
// maybe for days; its bookmarks tell.
function checkNotRestored<T>(run: Run<T>, version: string): void {
  if (run.version === undefined || !isOlderVersion(version, run.version)) return;
  const statusMessage = `the API server is at resourceVersion ${version}, behind ${run.version}: was etcd restored?`;
  throw new ApiError({ verb: 'WATCH', path: run.path, code: 410, reason: 'Expired', statusMessage });
}

function complete<T>(run: Run<T>, items: ReadonlyMap<string, T>, version: string): void {
  run.options.sink.replace(items);
  run.options.sink.synced();
  run.version = version;
  run.synced = true;
  run.progressed = true;
  run.lastSeen = run.options.clock.monotonic();
}

/** Makes the sink empty and complete; false when it threw. */
export function empty<T>(run: Run<T>): boolean {
  try {
    run.options.sink.replace(new Map());
    run.options.sink.synced();
    run.synced = true;
    return true;
  } catch {
    return false; // the sink threw: again after the next 404
  }
}

/** The part of a ReflectorState that changes its kind. */
export type Phase =
  | { readonly kind: 'listing' | 'watching' }
  | { readonly kind: 'waiting'; readonly error: unknown; readonly retryInMs: number }
  | { readonly kind: 'absent'; readonly retryInMs: number };

/** Tells `onState`. */
export function report<T>(run: Run<T>, phase: Phase): void {
  run.lastReport = run.options.clock.monotonic();
  const { synced, lastSeen, retry } = run;
  run.options.onState?.({ resource: run.options.resource, synced, lastSeen, failures: retry.failures, ...phase });
}
