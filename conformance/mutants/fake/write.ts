import type { KubeObject } from '../../lib/world.ts';
import type { Cluster } from '../cluster/api.ts';
import { create, setFinalizers } from '../cluster/api.ts';
import { jsonOf, sameJson } from '../cluster/json.ts';
import type { Decision } from './decision.ts';
import { poolStatus } from './pool-status.ts';
import { routeStatus } from './route-status.ts';
import { findShadows } from './shadows.ts';
import { classStatus, gatewayStatus, type Reporting } from './status.ts';
import { verdict, writeConditions } from './verdict.ts';
import { type GatewayObject, type PoolObject, read, type View } from './view.ts';

const finalizer = 'gateway-exists-finalizer.gateway.networking.k8s.io';

/** Writes every status and finalizer that is not as it should be. */
export function writeAll(cluster: Cluster, reporting: Reporting, features: readonly string[]): void {
  const { view, decision } = reporting;
  for (const decided of decision.classes) {
    writeStatus(cluster, decided.object, classStatus(view, decided, features));
    tendFinalizer(cluster, view, decided.object);
  }
  for (const gateway of decision.gateways) {
    writeStatus(cluster, gateway.object, gatewayStatus(reporting, gateway));
    writePlacement(cluster, view, gateway.object);
  }
  for (const pool of read<PoolObject>(view, 'EgressAddressPool'))
    writeStatus(cluster, pool, poolStatus(reporting, pool));
  touchStrangers(cluster, reporting);
  dropPlacements(cluster, decision);
  hold(cluster, view, 'Gateway');
  hold(cluster, view, 'EgressRoute');
  const shadows = findShadows(view, decision.wanted.rules);
  for (const route of decision.routes) writeStatus(cluster, route.object, routeStatus(reporting, route, shadows));
}

function writeStatus({ store }: Cluster, { kind, metadata }: KubeObject, status: unknown): void {
  const now = store.get(kind, metadata.namespace, metadata.name);
  if (now === undefined) return;
  const merged = kind === 'GatewayClass' || kind === 'Gateway' ? { ...jsonOf(now.status), ...jsonOf(status) } : status;
  if (!sameJson(now.status, merged)) store.put({ ...now, status: merged });
}

function tendFinalizer(cluster: Cluster, view: View, object: KubeObject): void {
  const now = cluster.store.get(object.kind, undefined, object.metadata.name);
  if (now === undefined) return;
  const others = (now.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  const used = read<KubeObject & { readonly spec: { readonly gatewayClassName: string } }>(view, 'Gateway').some(
    (gateway) => {
      return gateway.spec.gatewayClassName === object.metadata.name;
    },
  );
  const has = others.length < (now.metadata.finalizers ?? []).length;
  if (used && !has && !view.wrong('class-finalizer-missing') && now.metadata.deletionTimestamp === undefined) {
    setFinalizers(cluster, now, [...others, finalizer]);
  }
  if (!used && has && !view.wrong('class-finalizer-never-removed')) setFinalizers(cluster, now, others);
}

// What is right: neither Gateways nor routes need a finalizer of ours.
function hold(cluster: Cluster, { wrong }: View, kind: 'Gateway' | 'EgressRoute'): void {
  const mistake = kind === 'Gateway' ? 'gateway-finalizer-never-removed' : 'route-finalizer-never-removed';
  for (const object of cluster.store.list(kind)) {
    const { finalizers = [], deletionTimestamp } = object.metadata;
    if (finalizers.length > 0 || deletionTimestamp !== undefined || !wrong(mistake)) continue;
    setFinalizers(cluster, object, ['fake.example/held']);
  }
}

// What is right: a Gateway whose class is missing or somebody else's stays as it is.
function touchStrangers(cluster: Cluster, { view, decision }: Reporting): void {
  for (const object of read<GatewayObject>(view, 'Gateway')) {
    if (decision.gateways.some((gateway) => gateway.object.metadata.uid === object.metadata.uid)) continue;
    const known = view.store.get('GatewayClass', undefined, object.spec.gatewayClassName) !== undefined;
    if (!view.wrong(known ? 'foreign-gateway-touched' : 'classless-gateway-touched')) continue;
    const refused = verdict('Accepted', 'False', 'Pending', 'its GatewayClass is not one of ours');
    const previous = {
      conditions: object.status?.conditions ?? [],
      generation: object.metadata.generation,
      now: view.now,
    };
    writeStatus(cluster, object, { conditions: writeConditions([refused], previous, view.wrong) });
  }
}

// infrastructure's labels and annotations go onto the EgressPlacement (api.md §3).
function writePlacement(
  cluster: Cluster,
  { wrong, store }: View,
  gateway: Decision['gateways'][number]['object'],
): void {
  const { uid, namespace, name } = gateway.metadata;
  const { labels = {}, annotations = {} } = gateway.spec.infrastructure ?? {};
  const metadata = {
    name: uid,
    labels: given(labels) && wrong('infrastructure-labels-lost') ? {} : labels,
    annotations: given(annotations) && wrong('infrastructure-annotations-lost') ? {} : annotations,
  };
  const before = store.get('EgressPlacement', undefined, uid);
  if (before === undefined) {
    const spec = { gateway: { namespace, name } };
    create(cluster, { apiVersion: 'sallyport.dev/v1alpha1', kind: 'EgressPlacement', metadata, spec });
    return;
  }
  const after = { ...before, metadata: { ...before.metadata, ...metadata } };
  if (!sameJson(before, after) && !wrong('infrastructure-changes-ignored')) store.put(after);
}

const given = (map: object): boolean => Object.keys(map).length > 0;

function dropPlacements({ store }: Cluster, { gateways }: Decision): void {
  const present = new Set(gateways.map(({ object }) => object.metadata.uid));
  for (const placement of store.list('EgressPlacement')) {
    if (!present.has(placement.metadata.name)) store.remove(placement);
  }
}
