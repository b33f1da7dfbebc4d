import type { MetricTable } from '../telemetry/metrics.ts';

/** What a node's kernel counts. */
export const nodeTable = {
  guarded: {
    kind: 'counter',
    name: 'sallyport_guard_dropped_packets_total',
    help: 'Packets that had passed every rule and would still have left with a wrong source or by a wrong device, by guard: a bug, or another program changed the network. Must stay 0.',
    labels: ['guard'],
  },
  dropped: {
    kind: 'counter',
    name: 'sallyport_dropped_packets_total',
    help: 'Packets that rules dropped on this node, by reason (docs/operations.md, What is dropped).',
    labels: ['reason'],
  },
  conntrackEntries: {
    kind: 'gauge',
    name: 'sallyport_conntrack_entries',
    unset: true,
    help: "Flows in the node's connection tracking table.",
  },
  conntrackLimit: {
    kind: 'gauge',
    name: 'sallyport_conntrack_limit',
    unset: true,
    help: 'Flows that the table takes (net.netfilter.nf_conntrack_max).',
  },
  conntrackRefused: {
    kind: 'counter',
    name: 'sallyport_conntrack_refused_total',
    help: 'Packets of new flows that the node dropped, by reason: the table was full, or no source port was free (two packets that begin one flow at once count there, too).',
    labels: ['reason'],
  },
  conntrackEvicted: {
    kind: 'counter',
    name: 'sallyport_conntrack_evicted_total',
    help: 'Flows without an answer yet that the node forgot because the table was full.',
  },
} as const satisfies MetricTable;
