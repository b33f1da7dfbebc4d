import type { EgressPlan } from '../compile/egress-plan.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import type { Steps } from '../compile/steps.ts';
import type { KubeClient } from '../kube/client.ts';
import { createEventRecorder } from '../kube/events.ts';
import { runLeaderElection } from '../kube/lease.ts';
import type { Clock } from '../platform/clock.ts';
import { createCollector } from '../telemetry/collector.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Readiness } from '../telemetry/server.ts';
import { clusterFigures } from './cluster-figures.ts';
import { createClusterMetrics } from './cluster-metrics.ts';
import type { ControllerMetrics } from './metrics.ts';
import { type Reconciling, startReconciling } from './reconcile.ts';
import { listsOf, startWatches, unsynced } from './watches.ts';

export interface ControllerOptions {
  readonly client: KubeClient;
  readonly compile: (snapshot: Snapshot) => Steps<EgressPlan>;
  /** Where the Lease is: the controller's own namespace. */
  readonly namespace: string;
  /** Of this replica alone: its Pod's name. */
  readonly identity: string;
  readonly metrics: ControllerMetrics;
  /** As `Metrics` has it. */
  onScrape(collect: () => Promise<void>): void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Controller {
  ready(): Readiness;
  /** Resolves after abort, when the Lease is given back. */
  readonly done: Promise<void>;
}

/** Runs one replica: it watches always, so that it can take over at once, and compiles and writes while it holds the Lease. */
export function startController(options: ControllerOptions): Controller {
  const { client, clock, log, signal, metrics } = options;
  let loop: Reconciling | undefined;
  const stores = startWatches({
    client,
    clock,
    signal,
    onChange: (change) => loop?.changed(change),
    onState: ({ resource, kind, ...state }) => {
      if (kind === 'waiting') metrics.watchFailures.add({ kind: resource.kind });
      log.debug({ ...state, state: kind, kind: resource.kind }, 'watch');
    },
    onBadObject: (resource, { key, error }) =>
      log.warn({ kind: resource.kind, key, error: String(error) }, 'unreadable object left out'),
  });
  const cluster = createClusterMetrics(metrics);
  const collect = async () =>
    cluster.tell(loop !== undefined && unsynced(stores).length === 0 ? clusterFigures(listsOf(stores)) : undefined);
  options.onScrape(createCollector({ clock, log, signal, what: 'cluster', everyMs: collectMs, collect }));
  const lead = async (leading: AbortSignal) => {
    log.info({ identity: options.identity }, 'leading');
    metrics.leading.set({}, 1);
    const events = createEventRecorder({
      client,
      clock,
      signal: leading,
      controller: 'sallyport.dev/egress-controller',
      instance: options.identity,
    });
    const own = startReconciling({ ...options, stores, events, signal: leading });
    loop = own;
    try {
      await own.done;
    } finally {
      loop = undefined;
      cluster.tell(undefined);
      metrics.leading.set({}, 0);
      log.info({}, 'no longer leading');
    }
  };
  const { namespace, identity } = options;
  const onChange = ({ error, ...state }: { readonly error?: unknown }) =>
    error === undefined ? log.info(state, 'leadership') : log.warn({ ...state, error: String(error) }, 'leadership');
  return {
    ready: () => {
      const missing = unsynced(stores).map((name) => `the first list of ${name}`);
      return missing.length === 0 ? { ok: true } : { ok: false, missing };
    },
    done: runLeaderElection({
      client,
      clock,
      signal,
      namespace,
      name: 'sallyport-controller',
      identity,
      lead,
      onChange,
    }),
  };
}

/** From one look at all objects to the next. */
const collectMs = 10_000;
