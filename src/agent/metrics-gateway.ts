import type { MetricTable } from '../telemetry/metrics.ts';

/** `overflow` in the place of a name: all Gateways beyond the first 200 of this process, together. */
export const gatewayLabels = ['gateway_namespace', 'gateway_name'] as const;

/** What a node says of single Gateways: of those that its Pods use, and of those that it owns. */
export const gatewayTable = {
  gatewayPods: {
    kind: 'gauge',
    name: 'sallyport_gateway_pods',
    help: 'Pods of this node that routes of the Gateway select.',
    labels: gatewayLabels,
  },
  gatewayOwned: {
    kind: 'gauge',
    name: 'sallyport_gateway_owned',
    help: "1 on the node that holds the Gateway's addresses; elsewhere there is no such series.",
    labels: [...gatewayLabels, 'group'],
  },
  gatewayPackets: {
    kind: 'counter',
    name: 'sallyport_gateway_packets_total',
    help: 'Packets of the Gateway that passed this node while it could own it: sent out with its address, received from outside for it (also those that belong to no flow); of what the kernel joins (GRO) one.',
    labels: [...gatewayLabels, 'direction'],
  },
  gatewayBytes: {
    kind: 'counter',
    name: 'sallyport_gateway_bytes_total',
    help: 'Bytes of these packets, IP headers included.',
    labels: [...gatewayLabels, 'direction'],
  },
  gatewayFlows: {
    kind: 'gauge',
    name: 'sallyport_gateway_flows',
    help: "Flows in the owner's connection tracking that leave through the Gateway; looked at when asked, seldom where there are very many.",
    labels: gatewayLabels,
  },
  gatewayPorts: {
    kind: 'gauge',
    name: 'sallyport_gateway_ports_used',
    help: 'Most source ports of an address of the Gateway that are in use towards one destination, port and protocol; there are 64,512 (with a million flows some ten too many are told).',
    labels: gatewayLabels,
  },
  probeVerified: {
    kind: 'gauge',
    name: 'sallyport_probe_verified',
    help: 'Whether the self-probe says that the Gateway works from this node (1 or 0).',
    labels: gatewayLabels,
  },
  probeRoundTrip: {
    kind: 'gauge',
    name: 'sallyport_probe_round_trip_seconds',
    help: 'Round trip of the self-probe to the owner of the Gateway, rounded up.',
    labels: gatewayLabels,
  },
  probeBursts: {
    kind: 'counter',
    name: 'sallyport_probe_bursts_total',
    help: 'Bursts of the self-probe, by what each showed.',
    labels: ['result'],
  },
} as const satisfies MetricTable;
