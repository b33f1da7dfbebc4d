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
  /** After every change of the contents, and once when they are complete. */
  onChange(): void;
  onState?(state: ReflectorState): void;
  onBadObject?(resource: ResourceRef, bad: BadObject): void;
}

export interface Watched<T> {
  readonly resource: ResourceRef;
  readonly project: Project<T>;
  readonly fieldSelector?: string;
  /** The kind may not be served: then it is empty. */
  readonly optional?: boolean;
}

/** A store kept equal to a collection by a reflector of its own, until the context's signal aborts. */
export function watched<T>(context: WatchContext, what: Watched<T>): Store<T> {
  const { client, clock, signal, onChange, onState, onBadObject } = context;
  const sink = createStore<T>({ onChange });
  void reflect<T>(client, {
    ...what,
    sink,
    clock,
    signal,
    onState,
    onBadObject: (bad) => onBadObject?.(what.resource, bad),
  });
  sink.waitSynced(signal).then(onChange, () => {});
  return sink;
}
