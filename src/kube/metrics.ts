import type { Instrument, MetricTable } from '../telemetry/metrics.ts';

/** What every process that talks to an API server tells of it. */
export const apiTable = {
  requests: {
    kind: 'counter',
    name: 'sallyport_api_requests_total',
    help: 'Requests to the API server by verb and status code (0: no answer).',
    labels: ['verb', 'code'],
  },
  requestSeconds: {
    kind: 'histogram',
    name: 'sallyport_api_request_duration_seconds',
    help: 'Time until the API server answered (a watch: until it began), by verb.',
    labels: ['verb'],
    buckets: [0.005, 0.025, 0.1, 0.5, 2.5, 10],
  },
  watchFailures: {
    kind: 'counter',
    name: 'sallyport_watch_failures_total',
    help: 'Lists and watches that ended with an error, by kind; each is tried again.',
    labels: ['kind'],
  },
} as const satisfies MetricTable;

export type ApiMetrics = { readonly [K in keyof typeof apiTable]: Instrument<(typeof apiTable)[K]> };
