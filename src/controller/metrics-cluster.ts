import type { MetricTable } from '../telemetry/metrics.ts';

/** What the leading controller tells of the cluster as its watches show it; no other replica tells any of it. */
export const clusterTable = {
  gateways: {
    kind: 'gauge',
    name: 'sallyport_gateways',
    help: 'Gateways of our classes, by state: Programmed, or the reason why not.',
    labels: ['state'],
  },
  gatewayProblems: {
    kind: 'gauge',
    name: 'sallyport_gateway_problem',
    help: '1 for each problem that a Gateway has (NotAccepted, NotProgrammed, Degraded, AddressConflict, PathNotVerified), with the reason of its condition; of more than 200 Gateways with problems the others are counted as `overflow`.',
    labels: ['gateway_namespace', 'gateway_name', 'problem', 'reason'],
  },
  routes: {
    kind: 'gauge',
    name: 'sallyport_routes',
    help: 'Routes by kind and state: programmed; pending: accepted, not programmed; refused: no parent of ours accepts it; unjudged.',
    labels: ['kind', 'state'],
  },
  poolAddresses: {
    kind: 'gauge',
    name: 'sallyport_pool_addresses',
    help: 'Addresses of an EgressAddressPool, by state: used (or at rest after use), free; of more than 200 pools the others together as `(overflow)`.',
    labels: ['pool', 'state'],
  },
  nodes: {
    kind: 'gauge',
    name: 'sallyport_nodes',
    help: 'Nodes by what their agents last reported of the data plane: ready, failed; unreported.',
    labels: ['state'],
  },
} as const satisfies MetricTable;
