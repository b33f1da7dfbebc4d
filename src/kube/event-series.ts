import { createHash } from 'node:crypto';
import { renderMicroTime } from './micro-time.ts';

/** What happened to an object: the fields of events.k8s.io/v1 that the caller chooses. */
export interface EventToEmit {
  readonly regarding: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** Why, in one CamelCase word (≤ 128). */
  readonly reason: string;
  /** What was done or tried (≤ 128). */
  readonly action: string;
  /** For people; cut at 1,024 bytes. */
  readonly note: string;
}

/** core/v1 ObjectReference. */
export interface EventSubject {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion?: string | undefined;
}

/** Equal events of one object, counted; they become one Event object, whose name is fixed when the series starts. Times are epoch ms. */
export interface EventSeries {
  readonly event: EventToEmit;
  readonly name: string;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly count: number;
  /** What the API server has; 0: no object yet. */
  readonly writtenCount: number;
  /** Monotonic ms of the last write; undefined: none. */
  readonly writtenAt: number | undefined;
}

/** What makes two events one series: the object, the reason, the note, and how bad it is. */
export function seriesKey({ regarding, type, reason, action, note }: EventToEmit): string {
  return JSON.stringify([regarding.uid, type, reason, action, note]);
}

export function startSeries(event: EventToEmit, now: number): EventSeries {
  const name = nameOf(event, now);
  const times = { firstAt: now, lastAt: now, count: 1, writtenCount: 0, writtenAt: undefined };
  return { event: { ...event, note: cutBytes(event.note, 1024) }, name, ...times };
}

/** Events are in their object's namespace, those of cluster-scoped objects in `default` (the API server's rule). */
export function seriesName({ event, name }: EventSeries): { readonly namespace: string; readonly name: string } {
  return { namespace: event.regarding.namespace ?? 'default', name };
}

/** The part of an Event object that changes while its series goes on; the API server wants counts from 2. */
export function renderSeries({ count, lastAt }: EventSeries): { readonly series?: object } {
  return count < 2 ? {} : { series: { count, lastObservedTime: renderMicroTime(lastAt) } };
}

// A DNS subdomain, like client-go's "<object>.<time in hex>"; the digest keeps two series of one millisecond apart.
function nameOf(event: EventToEmit, now: number): string {
  const base = event.regarding.name
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .slice(0, 220);
  const safe = base
    .split('.')
    .map((label) => label.replace(/^-+|-+$/g, ''))
    .filter((label) => label !== '')
    .join('.');
  const digest = createHash('sha256').update(seriesKey(event)).digest('hex').slice(0, 8);
  return `${safe === '' ? 'object' : safe}.${now.toString(16)}${digest}`;
}

/** At most `limit` bytes of UTF-8, cut between characters, with an ellipsis where something is missing. */
export function cutBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit - 3;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}…`;
}
