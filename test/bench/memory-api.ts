import type { ObjectMeta } from '../../src/api/meta.ts';
import { resources } from '../../src/api/resources.ts';
import { objectKey } from '../../src/compile/order.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import type { Stores } from '../../src/controller/watches.ts';
import { storeOfPlural } from '../../src/controller/watches.ts';
import { projectObject } from '../../src/kube/project.ts';
import type { KubeClient, KubeRequest } from '../../src/kube/request.ts';
import { createStore } from '../../src/kube/store.ts';
import type { WatchedChange } from '../../src/kube/watched.ts';
import { mergeJson } from '../support/fake-kube-client.ts';

/** The controller's stores with a snapshot in them, and a client whose writes show in them at once. */
export interface MemoryApi {
  readonly stores: Stores;
  readonly client: KubeClient;
  /** Told of every change of a store, as watches would. */
  onChange: (change: WatchedChange) => void;
  /** Told of every request before it is answered. */
  onRequest: (request: KubeRequest) => void;
}

interface Item {
  readonly metadata: ObjectMeta;
}

export function createMemoryApi(snapshot: Snapshot): MemoryApi {
  let version = 1_000_000;
  const filled = (plural: string, items: readonly Item[]) => {
    const resource = Object.values(resources).find((entry) => entry.plural === plural) ?? resources.egressRoutes;
    const store = createStore<Item>({ onChange: (_key, previous, next) => api.onChange({ resource, previous, next }) });
    store.replace(new Map(items.map((item) => [objectKey(item), item])));
    store.synced();
    return store;
  };
  const lists: Readonly<Record<string, readonly Item[]>> = {
    ...(snapshot as unknown as Readonly<Record<string, readonly Item[]>>),
    clusters: snapshot.cluster === undefined ? [] : [snapshot.cluster],
    gatewayApi: [
      {
        metadata: {
          ...(snapshot.cluster?.metadata as ObjectMeta),
          annotations: { 'gateway.networking.k8s.io/bundle-version': snapshot.gatewayApiVersion ?? '' },
        },
      },
    ],
  };
  const plurals = new Map([...storeOfPlural].map(([plural, name]) => [name as string, plural]));
  const api: MemoryApi = {
    onChange: () => {},
    onRequest: () => {},
    stores: {} as Stores,
    client: {
      stream: async () => {},
      request: async (request) => {
        api.onRequest(request);
        return { status: 200, body: write(request) };
      },
    },
  };
  const names = [
    'gatewayClasses',
    'gateways',
    'clusters',
    'egressClasses',
    'pools',
    'parameters',
    'claims',
    'placements',
    'ruleSets',
    'egressNodes',
    'reports',
    'routes',
    'clusterRoutes',
    'nodes',
    'namespaces',
    'serviceCidrs',
    'gatewayApi',
  ];
  const stores = Object.fromEntries(names.map((name) => [name, filled(plurals.get(name) ?? name, lists[name] ?? [])]));
  const write = ({ path, body }: KubeRequest): unknown => {
    const parts = path.replace(/\/status$/, '').split('/');
    const space = parts.indexOf('namespaces');
    const rest = space < 0 ? parts.slice(-2) : parts.slice(space + 2);
    const key = space < 0 ? (rest[1] ?? '') : `${parts[space + 1]}/${rest[1]}`;
    const store = stores[storeOfPlural.get(rest[0] ?? '') ?? ''];
    if (store === undefined) return { metadata: { name: 'event' } };
    const known = store.get(key);
    const uid = known?.metadata.uid ?? `uid-${key}`;
    version += 1;
    const merged = mergeJson(known ?? {}, body) as { metadata: object };
    const name = decodeURIComponent(rest[1] ?? '');
    const metadata = {
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...merged.metadata,
      name,
      uid,
      resourceVersion: `${version}`,
    };
    const object = projectObject<Item>(structuredClone({ ...merged, metadata }));
    store.upsert(key, object);
    return object;
  };
  return Object.assign(api, { stores: stores as unknown as Stores });
}
