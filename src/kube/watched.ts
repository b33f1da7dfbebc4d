import type { Clock } from '../platform/clock.ts';
import type { KubeClient } from './client.ts';
import { type ReflectorState, reflect } from './reflector.ts';
import type { ResourceRef } from './resource.ts';
import { createStore, type Store } from './store.ts';
import type { BadObject, Project } from './watch-event.ts';

export interface WatchContext {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** After every change of the contents, and once (without `change`) when they are complete. */
  onChange(change?: WatchedChange): void;
  onState?(state: ReflectorState): void;
  onBadObject?(resource: ResourceRef, bad: BadObject): void;
}

/** One object of a kind as it was and is; undefined: not there. */
export interface WatchedChange {
  readonly resource: ResourceRef;
  readonly previous: unknown;
  readonly next: unknown;
}

export interface Watched<T> {
  readonly resource: ResourceRef;
  readonly project: Project<T>;
  readonly fieldSelector?: string;
  /** The kind may not be served: then it is empty. */
  readonly optional?: boolean;
  /** Items of equal versions are the same, and no change; default: uid and resourceVersion. */
  readonly versionOf?: (item: T) => string;
}

/** A store kept equal to a collection by a reflector of its own, until the context's signal aborts. */
export function watched<T>(context: WatchContext, what: Watched<T>): Store<T> {
  const { client, clock, signal, onChange, onState, onBadObject } = context;
  const { resource, versionOf } = what;
  const sink = createStore<T>({
    versionOf,
    onChange: (_key, previous, next) => onChange({ resource, previous, next }),
  });
  void reflect<T>(client, {
    ...what,
    sink,
    clock,
    signal,
    onState,
    onBadObject: (bad) => onBadObject?.(what.resource, bad),
  });
  sink.waitSynced(signal).then(
    () => onChange(),
    () => {},
  );
  return sink;
}
