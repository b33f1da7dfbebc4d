import type { EgressPlan } from '../compile/egress-plan.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import type { KubeClient } from '../kube/client.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Clock } from '../platform/clock.ts';
import { createDebounce } from '../platform/timers.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ControllerMetrics } from './metrics.ts';
import { planWrites } from './plan-writes.ts';
import { nextPublished } from './published.ts';
import { runWrites } from './run-writes.ts';
import { untilSeen } from './settle.ts';
import { type Stores, snapshotOf, unsynced } from './watches.ts';

export interface ReconcileOptions {
  readonly client: KubeClient;
  readonly stores: Stores;
  readonly compile: (snapshot: Snapshot) => EgressPlan;
  readonly events: EventRecorder;
  readonly metrics: ControllerMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The leader's loop: every burst of changes becomes one compile and the writes that it asks for. */
export function startReconciling(options: ReconcileOptions): { trigger(): void; readonly done: Promise<void> } {
  let publishedAt: ReadonlyMap<string, number> = new Map();
  let failures = 0;
  const debounce = createDebounce({ ...options, windowMs: 20, maxWaitMs: 100, run: () => round() });
  const later = (ms: number) => {
    options.clock.sleep(ms, options.signal).then(debounce.trigger, () => {});
  };

  const round = async () => {
    const { stores, clock, log, signal, metrics } = options;
    if (unsynced(stores).length > 0) return;
    publishedAt = nextPublished(publishedAt, stores.ruleSets.list(), clock.now());
    const snapshot = snapshotOf(stores, clock.now(), publishedAt);
    const started = clock.monotonic();
    const plan = compileOrExplain(options, snapshot);
    if (plan === undefined) return later(10_000);
    metrics.compileSeconds.observe({}, (clock.monotonic() - started) / 1000);
    for (const event of plan.events) emit(options, event);
    const context = {
      ...options,
      onWrite: (write: { readonly resource: { readonly kind: string } }, outcome: string) =>
        metrics.writes.add({ kind: write.resource.kind, outcome }),
    };
    const { written, failed } = await runWrites(context, planWrites(plan, snapshot));
    failures = failed ? failures + 1 : 0;
    if (failed) later(Math.min(30_000, 100 * 2 ** failures));
    await untilSeen(written, (plural, key) => versionInStores(stores, plural, key), { clock, signal });
    if (plan.recheckAt !== undefined) later(Math.max(10, plan.recheckAt - clock.now()));
    if (written.length > 0) log.info({ writes: written.length }, 'published');
  };

  debounce.trigger();
  return debounce;
}

// A compile that throws is our bug, but must not take the controller down: everything that was decided stays as it is.
function compileOrExplain({ compile, log, metrics }: ReconcileOptions, snapshot: Snapshot): EgressPlan | undefined {
  try {
    return compile(snapshot);
  } catch (error) {
    metrics.compileFailures.add({});
    const stack = error instanceof Error ? error.stack : String(error);
    log.error({ error: stack }, 'compile failed: nothing was changed; please report this, it is a bug');
    return undefined;
  }
}

function emit({ events }: ReconcileOptions, event: EgressPlan['events'][number]): void {
  const { regarding, type, reason, note } = event;
  const apiVersion = regarding.kind.startsWith('Gateway') ? 'gateway.networking.k8s.io/v1' : 'sallyport.dev/v1alpha1';
  events.emit({ regarding: { ...regarding, apiVersion }, type, reason, action: 'Reconcile', note });
}

function versionInStores(stores: Stores, plural: string, key: string): string | undefined {
  const store = Object.entries(storeOfPlural).find(([name]) => name === plural)?.[1];
  return store === undefined ? undefined : stores[store].get(key)?.metadata.resourceVersion;
}

const storeOfPlural: Readonly<Record<string, keyof Stores>> = {
  gatewayclasses: 'gatewayClasses',
  gateways: 'gateways',
  egressclusters: 'clusters',
  egressaddresspools: 'pools',
  egressaddressclaims: 'claims',
  egressplacements: 'placements',
  egressrulesets: 'ruleSets',
  egressnodes: 'egressNodes',
  egressroutes: 'routes',
  clusteregressroutes: 'clusterRoutes',
};
