import { apiTable } from '../kube/metrics.ts';
import type { Metrics, MetricTable } from '../telemetry/metrics.ts';
import { clusterTable } from './metrics-cluster.ts';

export type ControllerMetrics = ReturnType<typeof registerMetrics>;

/** Every metric of a controller but those of its process. */
export const controllerTable = {
  leading: { kind: 'gauge', name: 'sallyport_controller_leading', help: '1 in the replica that holds the Lease.' },
  pendingChanges: {
    kind: 'gauge',
    name: 'sallyport_reconcile_pending_changes',
    help: 'Changes of objects that came since the reconcile under way, or the last one, began: the queue.',
  },
  reconcileSeconds: {
    kind: 'histogram',
    name: 'sallyport_reconcile_duration_seconds',
    help: 'Time from a snapshot of the cluster until everything urgent was written and seen again; statuses of routes go out beside it.',
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 10, 30],
  },
  reconcileRetries: {
    kind: 'counter',
    name: 'sallyport_reconcile_retries_total',
    help: 'Reconciles that left something to be tried again.',
  },
  compileSeconds: {
    kind: 'histogram',
    name: 'sallyport_compile_duration_seconds',
    help: 'Time from a snapshot of the cluster to the plan.',
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10],
  },
  compileFailures: {
    kind: 'counter',
    name: 'sallyport_compile_failures_total',
    help: 'Compiles that ended with an exception: a bug of Sallyport.',
  },
  writes: {
    kind: 'counter',
    name: 'sallyport_writes_total',
    help: 'Requests that change objects, by kind and outcome (written, stale, failed).',
    labels: ['kind', 'outcome'],
  },
  routeStatusesWaiting: {
    kind: 'gauge',
    name: 'sallyport_route_statuses_waiting',
    help: 'Statuses of routes that are planned and not yet being written.',
  },
  ...clusterTable,
  ...apiTable,
} as const satisfies MetricTable;

/** The controller's own instruments. */
export function registerMetrics(metrics: Metrics) {
  return metrics.register(controllerTable);
}
