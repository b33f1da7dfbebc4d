import type { Clock } from '../platform/clock.ts';
import type { ListSelection } from './list.ts';
import type { ResourceRef } from './resource.ts';
import type { BadObject, Project } from './watch-event.ts';

/** Where a reflector puts the objects, by key ("namespace/name" or "name"); a method that throws is called again later with the same or newer contents. */
export interface Sink<T> {
  /** The whole contents: what is not in `items` is gone. */
  replace(items: ReadonlyMap<string, T>): void;
  upsert(key: string, item: T): void;
  remove(key: string): void;
  /** After every `replace`: the contents are complete. */
  synced(): void;
}

/** What a reflector does now; `lastSeen` is the monotonic time (ms) when the server last said anything, `failures` counts in a row. */
export type ReflectorState = {
  readonly resource: ResourceRef;
  readonly synced: boolean;
  readonly lastSeen: number | undefined;
  readonly failures: number;
} & (
  | { readonly kind: 'listing' }
  /** Reported again every few seconds while the watch is alive. */
  | { readonly kind: 'watching' }
  | { readonly kind: 'waiting'; readonly error: unknown; readonly retryInMs: number }
  /** The kind is not served: synced, and empty. */
  | { readonly kind: 'absent'; readonly retryInMs: number }
);

export interface ReflectOptions<T> extends ListSelection {
  readonly resource: ResourceRef;
  /** Keeps only the used fields; undefined: not wanted. A throw leaves out that one object. */
  readonly project: Project<T>;
  readonly sink: Sink<T>;
  readonly clock: Clock;
  readonly random?: (() => number) | undefined;
  readonly signal: AbortSignal;
  /** Silence after which a watch is renewed, for its connection may be dead; default 90 s: bookmarks come every minute where etcd reports progress. */
  readonly inactivityMs?: number | undefined;
  /** Must not throw. */
  readonly onState?: ((state: ReflectorState) => void) | undefined;
  /** Must not throw. */
  readonly onBadObject?: ((bad: BadObject) => void) | undefined;
  /** A 404 means that the kind is not served: synced and empty, and asked again every half minute. */
  readonly optional?: boolean | undefined;
}
