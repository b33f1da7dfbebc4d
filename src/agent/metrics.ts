import type { Metrics } from '../telemetry/metrics.ts';

export type AgentMetrics = ReturnType<typeof registerMetrics>;

/** The agent's own instruments. */
export function registerMetrics(metrics: Metrics) {
  return metrics.register({
    converge: {
      kind: 'histogram',
      name: 'sallyport_agent_converge_seconds',
      help: 'Time to make the kernel what the plan says, when something differed.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    },
    failures: {
      kind: 'counter',
      name: 'sallyport_agent_converge_failures_total',
      help: 'Attempts to program the kernel that failed, by part.',
      labels: ['part'],
    },
    healed: {
      kind: 'counter',
      name: 'sallyport_agent_healed_total',
      help: 'Times somebody else changed our kernel state and it was put right, by part.',
      labels: ['part'],
    },
    endedFlows: {
      kind: 'counter',
      name: 'sallyport_agent_ended_flows_total',
      help: 'Conntrack entries deleted because their flow lost the right to leave, or had left before it was selected.',
    },
    forgottenFlows: {
      kind: 'counter',
      name: 'sallyport_agent_forgotten_flows_total',
      help: 'Conntrack entries of the gateway hop deleted because another node owns their failover group.',
    },
    selectedPods: {
      kind: 'gauge',
      name: 'sallyport_agent_selected_pods',
      help: 'Local Pod addresses that some route selects.',
    },
    isolatedPods: {
      kind: 'gauge',
      name: 'sallyport_agent_isolated_pods',
      help: 'Local Pod addresses of isolated namespaces whose routes do not take every destination.',
    },
    addressSource: {
      kind: 'gauge',
      name: 'sallyport_agent_pod_address_source',
      help: 'Where Pod addresses come from (1): events or lists of the container runtime, or the API.',
      labels: ['source'],
    },
    corrections: {
      kind: 'counter',
      name: 'sallyport_failover_corrections_total',
      help: 'Times keepalived left addresses of a failover group that it did not own, or did not hold those of one that it did, and it was put right.',
    },
    bridgeTable: {
      kind: 'gauge',
      name: 'sallyport_agent_bridge_table',
      help: 'Whether the kernel takes nftables for bridges (1); without, Pods on a bridge are told apart by their addresses alone.',
    },
    realTime: {
      kind: 'gauge',
      name: 'sallyport_failover_real_time',
      help: 'Whether keepalived has real-time priority (1); without, adverts may be late under load and addresses move without need.',
    },
    conntrackEntries: {
      kind: 'gauge',
      name: 'sallyport_conntrack_entries',
      help: "Flows in the node's connection tracking table.",
    },
    conntrackLimit: {
      kind: 'gauge',
      name: 'sallyport_conntrack_limit',
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
    bgpSessionUp: {
      kind: 'gauge',
      name: 'sallyport_bgp_session_up',
      help: 'Whether the BGP session with the router is established (1 or 0).',
      labels: ['peer'],
    },
    bgpRoutes: {
      kind: 'gauge',
      name: 'sallyport_bgp_announced_routes',
      help: 'Egress addresses that this node announces to the router.',
      labels: ['peer'],
    },
    replicatedFlows: {
      kind: 'gauge',
      name: 'sallyport_replication_flows',
      help: 'Flows of the failover group that this node replicates to its peer.',
      labels: ['group'],
    },
    replicatedCopies: {
      kind: 'counter',
      name: 'sallyport_replication_copies_total',
      help: "Times that a peer's flow was made or refreshed in this node's kernel.",
      labels: ['group'],
    },
    replicationBacklog: {
      kind: 'gauge',
      name: 'sallyport_replication_backlog_messages',
      help: 'Messages to the peer that are not sent, or that it has not acknowledged.',
      labels: ['group', 'queue'],
    },
    replicationSilence: {
      kind: 'gauge',
      name: 'sallyport_replication_peer_silent_seconds',
      help: 'Time since the peer was heard; it says something every second. Looked at every 30 s.',
      labels: ['group'],
    },
    replicationMessages: {
      kind: 'counter',
      name: 'sallyport_replication_messages_total',
      help: 'Packets of messages about flows, sent to the peer and received from it.',
      labels: ['group', 'direction'],
    },
    replicationDrops: {
      kind: 'counter',
      name: 'sallyport_replication_drops_total',
      help: 'Messages about flows that were lost, by reason: those that are lost on the way are sent again.',
      labels: ['group', 'reason'],
    },
    probeVerified: {
      kind: 'gauge',
      name: 'sallyport_probe_verified',
      help: 'Whether the self-probe says that the Gateway works from this node (1 or 0), for at most 200 Gateways.',
      labels: ['gateway'],
    },
    probeRoundTrip: {
      kind: 'gauge',
      name: 'sallyport_probe_round_trip_seconds',
      help: 'Round trip of the self-probe to the owner of the Gateway, rounded up, for at most 200 Gateways.',
      labels: ['gateway'],
    },
    probeBursts: {
      kind: 'counter',
      name: 'sallyport_probe_bursts_total',
      help: 'Bursts of the self-probe, by what each showed.',
      labels: ['result'],
    },
    processes: {
      kind: 'counter',
      name: 'sallyport_agent_processes_total',
      help: 'Processes spawned, by command.',
      labels: ['command'],
    },
    requests: {
      kind: 'counter',
      name: 'sallyport_api_requests_total',
      help: 'Requests to the API server by verb and status code (0: no answer).',
      labels: ['verb', 'code'],
    },
  });
}
