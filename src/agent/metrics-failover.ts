import type { MetricTable } from '../telemetry/metrics.ts';

/** What a candidate of failover groups says of them. */
export const failoverTable = {
  groupOwner: {
    kind: 'gauge',
    name: 'sallyport_failover_group_owner',
    help: 'Whether this node, a candidate, holds the tunnel address of the failover group (1 or 0).',
    labels: ['group'],
  },
  groupFault: {
    kind: 'gauge',
    name: 'sallyport_failover_group_fault',
    help: 'Whether this node, a candidate, could not own the failover group now (1 or 0).',
    labels: ['group'],
  },
  takeovers: {
    kind: 'counter',
    name: 'sallyport_failover_takeovers_total',
    help: 'Times that this node became owner of the failover group, by cause: silence: adverts of the owner ceased; handover: the owner gave up or was relieved; vacant: there was none to be heard.',
    labels: ['group', 'cause'],
  },
  takeoverSeconds: {
    kind: 'histogram',
    name: 'sallyport_failover_takeover_seconds',
    help: "How long a takeover took: from the last advert, as VRRP's timer counts it, or the owner's word, until the tunnel address was here.",
    labels: ['cause'],
    buckets: [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10],
  },
  corrections: {
    kind: 'counter',
    name: 'sallyport_failover_corrections_total',
    help: 'Times keepalived left addresses of a failover group that it did not own, or did not hold those of one that it did, and it was put right.',
  },
  realTime: {
    kind: 'gauge',
    name: 'sallyport_failover_real_time',
    unset: true,
    help: 'Whether keepalived has real-time priority (1); without, adverts may be late under load and addresses move without need.',
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
} as const satisfies MetricTable;
