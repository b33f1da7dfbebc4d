import type { Clock } from '../platform/clock.ts';
import { isAlreadyExists, isNotFound, isTransient } from './api-error.ts';
import { createObject, mergePatch } from './apply.ts';
import {
  type EventSeries,
  type EventToEmit,
  renderSeries,
  seriesKey,
  seriesName,
  startSeries,
} from './event-series.ts';
import { renderMicroTime } from './micro-time.ts';
import { createQueue, type Outcome, type Queue } from './queue.ts';
import type { KubeClient } from './request.ts';
import type { ResourceRef } from './resource.ts';
import { createTokenBuckets, type TokenBuckets } from './token-bucket.ts';

export type { EventSubject, EventToEmit } from './event-series.ts';

export const eventResource: ResourceRef = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** A qualified name: sallyport.dev/egress-controller, for example. */
  readonly controller: string;
  /** The process, ≤ 128: a Pod's name. */
  readonly instance: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Events that were given up, for logs: refused, failed for too long, or too many. Must not throw. */
  readonly onDropped?: ((event: EventToEmit, why: unknown) => void) | undefined;
}

/** Tells users, through Events of their objects, what was decided; a courtesy that may lose events but never delays or fails its caller. */
export interface EventRecorder {
  emit(event: EventToEmit): void;
  /** Resolves when nothing is left to be written now. */
  flush(): Promise<void>;
}

/** A series is written at once and then at most this often. */
const rewriteMs = 300_000;
/** A series that was quiet for so long has ended: the next equal event is a new Event object. */
const quietMs = 360_000;
/** Like client-go's spam filter: a burst of 25 Event objects per object, then one every 5 s. */
const objectBudget = { burst: 25, refillMs: 5_000 };
const mostSeries = 4096;
const mostFailures = 5;

/** Starts a recorder; it writes one Event at a time until `signal` aborts. */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { clock, signal } = options;
  const recorder: Recorder = {
    options,
    series: new Map(),
    open: new Map(),
    flushing: new Set(),
    queue: createQueue({ clock, baseMs: 500, maxMs: 30_000 }),
    take: createTokenBuckets(objectBudget).take,
  };
  void recorder.queue.run({ workers: 1, signal, handle: (key) => write(recorder, key) }).finally(() => {
    recorder.open.clear();
    settle(recorder, '');
  });
  return {
    emit: (event) => {
      if (!signal.aborted) count(recorder, event);
    },
    flush: () =>
      recorder.open.size === 0 ? Promise.resolve() : new Promise((resolve) => recorder.flushing.add(resolve)),
  };
}

interface Recorder {
  readonly options: EventRecorderOptions;
  /** By `seriesKey`, the least recently used first. */
  readonly series: Map<string, EventSeries>;
  /** The keys that `flush` waits for, each with its failed attempts. */
  readonly open: Map<string, number>;
  readonly flushing: Set<() => void>;
  readonly queue: Queue<string>;
  readonly take: TokenBuckets['take'];
}

function count(recorder: Recorder, event: EventToEmit): void {
  const { clock, onDropped } = recorder.options;
  const key = seriesKey(event);
  const now = clock.now();
  const known = recorder.series.get(key);
  if (known !== undefined && now - known.lastAt < quietMs) {
    recorder.series.delete(key);
    recorder.series.set(key, { ...known, count: known.count + 1, lastAt: now });
    // The first write, if still to come, takes this count with it.
    if (known.writtenAt !== undefined) recorder.queue.addAfter(key, known.writtenAt + rewriteMs - clock.monotonic());
    return;
  }
  if (!recorder.take(event.regarding.uid, clock.monotonic())) {
    onDropped?.(event, new Error(`more than ${objectBudget.burst} Events about one object in a short time`));
    return;
  }
  recorder.series.delete(key);
  recorder.series.set(key, startSeries(event, now));
  for (const oldest of recorder.series.keys()) {
    if (recorder.series.size <= mostSeries) break;
    recorder.series.delete(oldest);
  }
  recorder.open.set(key, 0);
  recorder.queue.add(key);
}

async function write(recorder: Recorder, key: string): Promise<Outcome> {
  const { options, queue } = recorder;
  const series = recorder.series.get(key);
  if (series === undefined || series.count === series.writtenCount) return settle(recorder, key);
  try {
    await (series.writtenCount === 0 ? createEvent(options, series) : patchEvent(options, series));
  } catch (error) {
    return fail(recorder, key, error);
  }
  const latest = recorder.series.get(key);
  if (latest !== undefined) {
    recorder.series.set(key, { ...latest, writtenCount: series.count, writtenAt: options.clock.monotonic() });
    if (latest.count > series.count) queue.addAfter(key, rewriteMs);
  }
  return settle(recorder, key);
}

function fail(recorder: Recorder, key: string, error: unknown): Outcome {
  const { clock, onDropped } = recorder.options;
  const series = recorder.series.get(key);
  const failures = (recorder.open.get(key) ?? 0) + 1;
  recorder.open.set(key, failures);
  if (series === undefined) return settle(recorder, key);
  if (isTransient(error) && failures < mostFailures) return { kind: 'retry', cause: error };
  if (isNotFound(error) && series.writtenCount > 0) {
    // The Event object outlived its hour: the rest of the series is a new one.
    const missing = series.count - series.writtenCount;
    recorder.series.set(key, { ...startSeries(series.event, clock.now()), count: missing });
    return { kind: 'after', ms: 0 };
  }
  recorder.series.delete(key);
  onDropped?.(series.event, error);
  return settle(recorder, key);
}

function settle(recorder: Recorder, key: string): Outcome {
  recorder.open.delete(key);
  if (recorder.open.size > 0) return { kind: 'done' };
  for (const resolve of recorder.flushing) resolve();
  recorder.flushing.clear();
  return { kind: 'done' };
}

async function createEvent({ client, controller, instance, signal }: EventRecorderOptions, series: EventSeries) {
  const { event, firstAt } = series;
  const { regarding, type, reason, action, note } = event;
  const object = {
    metadata: seriesName(series),
    eventTime: renderMicroTime(firstAt),
    reportingController: controller,
    reportingInstance: instance.slice(0, 128),
    ...renderSeries(series),
    regarding,
    type,
    reason,
    action,
    note,
  };
  await createObject(client, eventResource, object, { signal }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error; // else an earlier attempt arrived whose answer did not
  });
}

async function patchEvent({ client, signal }: EventRecorderOptions, series: EventSeries) {
  await mergePatch(client, eventResource, seriesName(series), { ...renderSeries(series) }, { signal });
}
