import { setTimeout as delay } from 'node:timers/promises';
import { applyObject, deleteObject, listObjects } from '../../src/kube/apply.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { isRecord } from '../../src/kube/object.ts';
import { type ReflectOptions, type ReflectorState, reflect } from '../../src/kube/reflector.ts';
import type { ResourceRef } from '../../src/kube/resource.ts';
import { createStore, type Store } from '../../src/kube/store.ts';
import { systemClock } from '../../src/platform/clock.ts';

export const configMaps: ResourceRef = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};

/** A ConfigMap as the tests keep it: its `data.value`. */
export interface Item {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
  readonly value: string;
}

export function projectItem(raw: unknown): Item {
  if (!isRecord(raw) || !isRecord(raw['metadata'])) throw new TypeError('no object');
  const { name, uid, resourceVersion } = raw['metadata'];
  const value = isRecord(raw['data']) ? raw['data']['value'] : undefined;
  return {
    metadata: { name: String(name), uid: String(uid), resourceVersion: String(resourceVersion) },
    value: String(value ?? ''),
  };
}

export async function putItem(client: KubeClient, namespace: string, name: string, value: string): Promise<void> {
  const object = { metadata: { namespace, name }, data: { value } };
  await applyObject(client, configMaps, object, { fieldManager: 'test', force: true });
}

export async function dropItem(client: KubeClient, namespace: string, name: string): Promise<void> {
  await deleteObject(client, configMaps, { namespace, name });
}

/** name=value of every ConfigMap of a namespace, as the server says now: the oracle. */
export async function listItems(client: KubeClient, namespace: string): Promise<readonly string[]> {
  const { items } = await listObjects(client, configMaps, { namespace, limit: 7 });
  return items.map(projectItem).map(renderItem).sort();
}

export const renderItem = ({ metadata, value }: Item) => `${metadata.name}=${value}`;

/** A reflector of one namespace's ConfigMaps into a store. */
export interface Mirror extends AsyncDisposable {
  readonly store: Store<Item>;
  readonly states: readonly ReflectorState[];
  /** Every change the store told of: "name=value", or "name gone". */
  readonly changes: readonly string[];
  /** The least number of items the store had at any change since it was synced. */
  readonly leastSize: () => number;
  items(): readonly string[];
}

export function startMirror(
  client: KubeClient,
  namespace: string,
  options: Partial<ReflectOptions<Item>> = {},
): Mirror {
  const stop = new AbortController();
  const states: ReflectorState[] = [];
  const changes: string[] = [];
  let least = Number.POSITIVE_INFINITY;
  const store = createStore<Item>({
    onChange: (_key, previous, next) => {
      changes.push(next === undefined ? `${previous?.metadata.name} gone` : renderItem(next));
      if (store.isSynced) least = Math.min(least, store.size);
    },
  });
  const done = reflect(client, {
    resource: configMaps,
    namespace,
    project: projectItem,
    sink: store,
    clock: systemClock,
    signal: stop.signal,
    onState: (state) => states.push(state),
    ...options,
  });
  return {
    store,
    states,
    changes,
    leastSize: () => least,
    items: () => store.list().map(renderItem).sort(),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await done;
    },
  };
}

/** Waits until `check` no longer throws; its last error after `limit` ms. */
export async function eventually(check: () => void | Promise<void>, limit = 15_000): Promise<void> {
  const end = performance.now() + limit;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await delay(25);
  }
}
