import type { Metrics } from '../telemetry/metrics.ts';

export type ControllerMetrics = ReturnType<typeof registerMetrics>;

/** The controller's own instruments. */
export function registerMetrics(metrics: Metrics) {
  return metrics.register({
    leading: { kind: 'gauge', name: 'sallyport_controller_leading', help: '1 in the replica that holds the Lease.' },
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
    requests: {
      kind: 'counter',
      name: 'sallyport_api_requests_total',
      help: 'Requests to the API server by verb and status code (0: no answer).',
      labels: ['verb', 'code'],
    },
  });
}
