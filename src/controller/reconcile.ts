import { startTaint } from '../api/names.ts';
import type { AnyRoute } from '../compile/compile-rules.ts';
import type { EgressPlan } from '../compile/egress-plan.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import type { Steps } from '../compile/steps.ts';
import type { KubeClient } from '../kube/client.ts';
import type { EventRecorder } from '../kube/events.ts';
import { setTaint } from '../kube/taints.ts';
import type { WatchedChange } from '../kube/watched.ts';
import type { Clock } from '../platform/clock.ts';
import { runInSlices } from '../platform/slices.ts';
import { createDebounce } from '../platform/timers.ts';
import type { Logger } from '../telemetry/log.ts';
import type { ControllerMetrics } from './metrics.ts';
import { nodesToOpen } from './open-nodes.ts';
import { createPace } from './pace.ts';
import { isEcho, planRouteWrites } from './plan-route-writes.ts';
import { planWrites } from './plan-writes.ts';
import { rememberPublished } from './published.ts';
import { runWrites } from './run-writes.ts';
import { untilSeen } from './settle.ts';
import { startSweep } from './sweep.ts';
import { tellOnce } from './tell-events.ts';
import { listsOf, type Stores, snapshotOf, storeOfPlural, unsynced } from './watches.ts';
import type { Write } from './writes.ts';

export interface ReconcileOptions {
  readonly client: KubeClient;
  readonly stores: Stores;
  readonly compile: (snapshot: Snapshot) => Steps<EgressPlan>;
  readonly events: EventRecorder;
  readonly metrics: ControllerMetrics;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The leader's loop while it runs. */
export interface Reconciling {
  /** Something in the stores changed (or, without `change`, may have). */
  changed(change?: WatchedChange): void;
  readonly done: Promise<void>;
}

/** The leader's loop: every burst of changes becomes one compile and the writes that it asks for; statuses of routes go out beside it. */
export function startReconciling(options: ReconcileOptions): Reconciling {
  const { stores, clock, log, signal, metrics } = options;
  const published = rememberPublished(clock);
  const pace = createPace(clock);
  let failures = 0;
  let pending = 0;
  const tellPending = (changes: number) => {
    pending = changes;
    metrics.pendingChanges.set({}, pending);
  };
  const run = () =>
    round().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  const debounce = createDebounce({ clock, signal, windowMs: 5, maxWaitMs: 50, run });
  const later = (ms: number) => {
    clock.sleep(ms, signal).then(debounce.trigger, () => {});
  };
  const retry = () => {
    metrics.reconcileRetries.add({});
    failures += 1;
    later(Math.min(30_000, 100 * 2 ** failures));
  };
  const context = {
    ...options,
    onWrite: (write: Write, outcome: string) => {
      metrics.writes.add({ kind: write.resource.kind, outcome });
      metrics.routeStatusesWaiting.set({}, sweep.waiting);
    },
  };
  let sweepFailed = false;
  const onFailure = () => {
    // Many may fail together: one more round asks for all of them.
    if (!sweepFailed) retry();
    sweepFailed = true;
  };
  const sweep = startSweep({ ...context, onFailure });
  const tell = tellOnce({
    emit: (event) => {
      const { regarding, type, reason, note } = event;
      const { kind, namespace, name } = regarding;
      log[type === 'Warning' ? 'warn' : 'info']({ kind, namespace, name, reason, decided: note }, 'decided');
      options.events.emit(event);
    },
  });

  const publish = async (plan: EgressPlan, snapshot: Snapshot) => {
    const { stages, waitMs } = pace.admit(await runInSlices(planWrites(plan, snapshot), { clock, signal }), snapshot);
    if (waitMs !== undefined) later(waitMs);
    const { written, failed: notWritten } = await giveWayTo(sweep, () => runWrites(context, stages));
    const failed = !(await openNodes(options, snapshot)) || notWritten;
    const wasFailed = sweepFailed;
    sweepFailed = false;
    sweep.replace(await runInSlices(planRouteWrites(plan, snapshot), { clock, signal }));
    if (failed) retry();
    else if (!wasFailed) failures = 0;
    await untilSeen(written, (plural, key) => versionInStores(stores, plural, key), { clock, signal });
    if (written.length > 0) log.info({ writes: written.length, routeStatuses: sweep.waiting }, 'published');
  };
  const round = async () => {
    if (unsynced(stores).length > 0) return;
    const { now, publishedAt } = published.see(stores.ruleSets.list());
    const snapshot = snapshotOf(listsOf(stores), now, publishedAt);
    tellPending(0);
    const started = clock.monotonic();
    const plan = await compileOrExplain(options, snapshot);
    if (signal.aborted) return;
    if (plan === undefined) return later(10_000);
    metrics.compileSeconds.observe({}, (clock.monotonic() - started) / 1000);
    tell(plan.events);
    await publish(plan, snapshot);
    metrics.reconcileSeconds.observe({}, (clock.monotonic() - started) / 1000);
    if (plan.recheckAt !== undefined) later(Math.max(10, plan.recheckAt - now - (clock.monotonic() - started)));
  };
  debounce.trigger();
  return {
    changed: (change) => {
      if (change !== undefined && isOwnEcho(change)) return;
      tellPending(pending + 1);
      debounce.trigger();
    },
    done: Promise.all([debounce.done, sweep.done]).then(() => {}),
  };
}

/** Lets Pods begin on new nodes whose agent is ready; false when something must be tried again. */
async function openNodes({ client, log, signal }: ReconcileOptions, snapshot: Snapshot): Promise<boolean> {
  let isDone = true;
  for (const node of nodesToOpen(snapshot.nodes, snapshot.reports)) {
    try {
      if (await setTaint(client, node, { taint: { key: startTaint }, signal }))
        log.info({ node }, `agent ready: taint ${startTaint} removed`);
    } catch (error) {
      if (signal.aborted) return false;
      isDone = false;
      log.warn({ node, error: String(error) }, `taint ${startTaint} not removed; tried again`);
    }
  }
  return isDone;
}

async function giveWayTo<T>(sweep: ReturnType<typeof startSweep>, work: () => Promise<T>): Promise<T> {
  using _urgent = sweep.giveWay();
  return await work();
}

// Ten thousand statuses that were written as planned bring ten thousand events, and none of them a reason to compile.
function isOwnEcho({ resource, previous, next }: WatchedChange): boolean {
  if (resource.plural !== 'egressroutes' && resource.plural !== 'clusteregressroutes') return false;
  return previous !== undefined && next !== undefined && isEcho(previous as AnyRoute, next as AnyRoute);
}

// A compile that throws is our bug, but must not take the controller down: everything that was decided stays as it is.
async function compileOrExplain(
  { compile, clock, log, metrics, signal }: ReconcileOptions,
  snapshot: Snapshot,
): Promise<EgressPlan | undefined> {
  try {
    return await runInSlices(compile(snapshot), { clock, signal });
  } catch (error) {
    if (signal.aborted) return undefined;
    metrics.compileFailures.add({});
    const stack = error instanceof Error ? error.stack : String(error);
    log.error({ error: stack }, 'compile failed: nothing was changed; please report this, it is a bug');
    return undefined;
  }
}

function versionInStores(stores: Stores, plural: string, key: string): string | undefined {
  const store = storeOfPlural.get(plural);
  return store === undefined ? undefined : stores[store].get(key)?.metadata.resourceVersion;
}
