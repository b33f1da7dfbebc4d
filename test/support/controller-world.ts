import { fileURLToPath } from 'node:url';
import { resolveGatewayApiCrds } from '../../hack/controlplane/resolve.ts';
import { resources } from '../../src/api/resources.ts';
import { compileSteps } from '../../src/compile/compile.ts';
import type { Snapshot } from '../../src/compile/snapshot.ts';
import { registerMetrics } from '../../src/controller/metrics.ts';
import { type Reconciling, startReconciling } from '../../src/controller/reconcile.ts';
import { listsOf, type Stores, snapshotOf, startWatches, unsynced } from '../../src/controller/watches.ts';
import { applyObject, deleteObject, getObject } from '../../src/kube/apply.ts';
import { isNotFound, type KubeClient, type KubeStreamRequest } from '../../src/kube/client.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { ResourceRef } from '../../src/kube/resource.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { type ApiServer, startApiServer } from './api-server.ts';
import { reportAll } from './apply-plan.ts';
import { waitUntil } from './child-process.ts';
import { installCrds } from './install-crds.ts';
import { loadTestClient } from './kube-client.ts';
import { silentLog } from './silent-log.ts';

/** A real API server with our CRDs and Gateway API's, two Nodes, class `egress` and pool `lab` (192.0.2.100-.109); no controller. */
export interface ControllerWorld extends AsyncDisposable {
  readonly server: ApiServer;
  readonly admin: KubeClient;
  /** Server-side apply as the test; `fields` beside name and namespace. */
  apply(resource: ResourceRef, key: string, fields: object): Promise<KubeObject>;
  read(resource: ResourceRef, key: string): Promise<KubeObject | undefined>;
  remove(resource: ResourceRef, key: string): Promise<void>;
}

const nameOf = (key: string) => {
  const [first = '', second] = key.split('/');
  return second === undefined ? { name: first } : { namespace: first, name: second };
};

export async function startControllerWorld(): Promise<ControllerWorld> {
  const server = await startApiServer();
  const crds = await resolveGatewayApiCrds();
  await installCrds(server, [crds.dir, fileURLToPath(new URL('../../config/crd/', import.meta.url))]);
  const admin = await loadTestClient(server);
  const world: ControllerWorld = {
    server,
    admin,
    apply: (resource, key, fields) =>
      applyObject(
        admin,
        resource,
        { ...fields, metadata: { ...('metadata' in fields ? (fields.metadata as object) : {}), ...nameOf(key) } },
        { fieldManager: 'test', force: true },
      ),
    read: (resource, key) =>
      getObject(admin, resource, nameOf(key)).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      }),
    remove: async (resource, key) => void (await deleteObject(admin, resource, nameOf(key))),
    [Symbol.asyncDispose]: async () => {
      await admin[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
  await addPlatform(world);
  return world;
}

async function addPlatform(world: ControllerWorld): Promise<void> {
  for (const place of [1, 2]) {
    const name = `node-${place}`;
    await world.apply(resources.nodes, name, { spec: {} });
    const status = {
      addresses: [{ type: 'InternalIP', address: `192.0.2.1${place}` }],
      conditions: [{ type: 'Ready', status: 'True', reason: 'Test', message: '' }],
    };
    await applyObject(
      world.admin,
      resources.nodes,
      { metadata: { name }, ...{ status } },
      { fieldManager: 'test', force: true, subresource: 'status' },
    );
  }
  await world.apply(resources.namespaces, 'sallyport-system', {});
  await world.apply(resources.namespaces, 'shop', {});
  await world.apply(resources.egressClasses, 'egress', { spec: {} });
  await world.apply(resources.egressAddressPools, 'lab', { spec: { addresses: ['192.0.2.100-192.0.2.109'] } });
  const parametersRef = { group: 'sallyport.dev', kind: 'EgressClass', name: 'egress' };
  await world.apply(resources.gatewayClasses, 'egress', {
    spec: { controllerName: 'sallyport.dev/egress-controller', parametersRef },
  });
}

/** A Gateway of class `egress` with one listener open to all; `more` over its spec. */
export function gatewaySpec(more: object = {}): object {
  const allowedRoutes = { namespaces: { from: 'All' } };
  const listeners = [{ name: 'egress', port: 1, protocol: 'sallyport.dev/IP', allowedRoutes }];
  return { spec: { gatewayClassName: 'egress', listeners, ...more } };
}

/** A controller that leads without asking, with its own watches; several may be wrong about leading at a time. */
export interface BareController extends AsyncDisposable {
  /** "VERB path" of every request that writes, Leases and Events aside. */
  readonly writes: string[];
  /** Asks for one more round. */
  trigger(): void;
  /** Watches of these plurals show nothing new until `resume`. */
  stall(...plurals: readonly string[]): void;
  resume(): void;
  /** What it sees. */
  snapshot(): Snapshot;
}

/** With `leads: false` it only watches. */
export async function startBareController(
  server: ApiServer,
  name: string,
  { leads = true }: { readonly leads?: boolean } = {},
): Promise<BareController> {
  const stop = new AbortController();
  const writes: string[] = [];
  const direct = await loadTestClient(server, {
    onRequest: (verb, path) => {
      if (verb !== 'GET' && verb !== 'WATCH' && !/leases|events/.test(path)) writes.push(`${verb} ${path}`);
    },
  });
  const gate = createGate();
  const client: KubeClient = { request: direct.request, stream: (request) => direct.stream(gate.hold(request)) };
  let loop: Reconciling | undefined;
  const { signal } = stop;
  const clock = systemClock;
  const stores: Stores = startWatches({
    client,
    clock,
    signal,
    onChange: (change) => loop?.changed(change),
    onState: () => {},
    onBadObject: () => {},
  });
  await waitUntil(async () => unsynced(stores).length === 0, { what: `${name}: first lists`, limit: 30_000 });
  const events = createEventRecorder({ client, clock, signal, controller: 'sallyport.dev/test', instance: name });
  const metrics = registerMetrics(createMetrics());
  const options = { client, stores, compile: compileSteps, events, metrics, clock, log: silentLog, signal };
  const own = leads ? startReconciling(options) : undefined;
  loop = own;
  return {
    writes,
    trigger: () => own?.changed(),
    stall: gate.close,
    resume: gate.open,
    snapshot: () => snapshotOf(listsOf(stores), clock.now(), new Map()),
    [Symbol.asyncDispose]: async () => {
      gate.open();
      stop.abort();
      await own?.done.catch(() => {});
      await direct[Symbol.asyncDispose]();
    },
  };
}

// Lines that wait before they reach the reflector: a watch that is behind, and nobody knows.
function createGate() {
  let closed: readonly string[] = [];
  let opened = Promise.withResolvers<void>();
  return {
    hold: (request: KubeStreamRequest): KubeStreamRequest => ({
      ...request,
      onLine: async (line) => {
        while (closed.some((plural) => request.path.endsWith(`/${plural}`))) await opened.promise;
        await request.onLine(line);
      },
    }),
    close: (...plurals: readonly string[]) => {
      closed = plurals;
      opened = Promise.withResolvers();
    },
    open: () => {
      closed = [];
      opened.resolve();
    },
  };
}

/** Writes the reports that agents would write of what `controller` sees: `node-1` uses every Gateway's rules. */
export async function report(world: ControllerWorld, controller: Pick<BareController, 'snapshot'>): Promise<void> {
  const snapshot = controller.snapshot();
  for (const { metadata, status } of reportAll(snapshot, ['node-1']).reports) {
    await world.apply(resources.egressNodeReports, metadata.name, { status });
  }
}
