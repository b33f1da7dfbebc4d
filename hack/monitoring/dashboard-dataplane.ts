import type { Row } from './panels.ts';

const failover: Row = {
  title: 'Failover',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Owners of failover groups', width: 8 },
      description: 'Must be 1 for each group.',
      queries: [{ expr: 'sum by (group) (sallyport_failover_group_owner)', legend: 'group {{group}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Takeovers', width: 8 },
      description: 'Within five minutes, by cause.',
      queries: [
        {
          expr: 'sum by (group, cause) (increase(sallyport_failover_takeovers_total[5m]))',
          legend: 'group {{group}} {{cause}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'How long takeovers took', width: 8, unit: 's' },
      description:
        'From the last advert, or the word of the owner, until the new owner had the address; the 95th percentile of six hours.',
      queries: [
        {
          expr: 'histogram_quantile(0.95, sum by (le, cause) (increase(sallyport_failover_takeover_seconds_bucket[6h])))',
          legend: '{{cause}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Candidates that could not take over', width: 8 },
      description: 'By group.',
      queries: [{ expr: 'sum by (group) (sallyport_failover_group_fault)', legend: 'group {{group}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'BGP sessions', width: 8 },
      description: 'Sessions that are up, by router.',
      queries: [{ expr: 'sum by (peer) (sallyport_bgp_session_up)', legend: '{{peer}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'keepalived without real-time priority', width: 8 },
      description: 'Nodes where adverts may come late under load.',
      queries: [{ expr: 'count(sallyport_failover_real_time == 0) or vector(0)', legend: 'nodes' }],
    },
  ],
};

const drops: Row = {
  title: 'Drops',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Dropped by rules', width: 12, unit: 'pps' },
      description: 'By reason: docs/operations.md, What is dropped.',
      queries: [
        { expr: 'sum by (reason) (rate(sallyport_dropped_packets_total[$__rate_interval])) > 0', legend: '{{reason}}' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Stopped by guards', width: 12, unit: 'pps' },
      description: 'Must be empty.',
      queries: [
        {
          expr: 'sum by (guard, instance) (rate(sallyport_guard_dropped_packets_total[$__rate_interval])) > 0',
          legend: '{{guard}} {{instance}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Packets of new flows refused by the kernel', width: 12, unit: 'pps' },
      description: 'The table was full, or no port was free.',
      queries: [
        {
          expr: 'sum by (reason, instance) (rate(sallyport_conntrack_refused_total[$__rate_interval])) > 0',
          legend: '{{reason}} {{instance}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Isolated Pod addresses', width: 12 },
      description: 'Addresses from which nothing leaves but by a route.',
      queries: [{ expr: 'sum(sallyport_agent_isolated_pods)', legend: 'addresses' }],
    },
  ],
};

const nodes: Row = {
  title: 'Data plane of nodes',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Connection tracking', width: 12, unit: 'percentunit' },
      description: 'How full the table of each node is; at 100 % new flows are dropped.',
      queries: [{ expr: 'sallyport_conntrack_entries / sallyport_conntrack_limit', legend: '{{instance}}' }],
    },
    {
      ...{ kind: 'timeseries', title: "From a Pod's address to its first packet", width: 12, unit: 's' },
      description: 'The 99th percentile of each node.',
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le, instance) (rate(sallyport_agent_pod_programmed_seconds_bucket[$__rate_interval])))',
          legend: '{{instance}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Programming the kernel', width: 12, unit: 's' },
      description: 'The 99th percentile of all nodes, when something differed.',
      queries: [
        {
          expr: 'histogram_quantile(0.99, sum by (le) (rate(sallyport_agent_converge_seconds_bucket[$__rate_interval])))',
          legend: 'p99',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Healed and failed', width: 12 },
      description: 'Changes of others that were put right, and attempts to program that failed, within five minutes.',
      queries: [
        { expr: 'sum by (part) (increase(sallyport_agent_healed_total[5m]))', legend: 'healed {{part}}' },
        { expr: 'sum by (part) (increase(sallyport_agent_converge_failures_total[5m]))', legend: 'failed {{part}}' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Selected Pod addresses', width: 12 },
      description: 'By node.',
      queries: [{ expr: 'sum by (instance) (sallyport_agent_selected_pods)', legend: '{{instance}}' }],
    },
    {
      ...{ kind: 'timeseries', title: 'Processes that agents spawn', width: 12, unit: 'reqps' },
      description: 'By command.',
      queries: [
        { expr: 'sum by (command) (rate(sallyport_agent_processes_total[$__rate_interval]))', legend: '{{command}}' },
      ],
    },
  ],
};

const replication: Row = {
  title: 'Replication of connections',
  panels: [
    {
      ...{ kind: 'timeseries', title: 'Flows replicated', width: 8 },
      description: 'By group and node: what the owner sends.',
      queries: [
        { expr: 'sum by (group, instance) (sallyport_replication_flows)', legend: 'group {{group}} {{instance}}' },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Backlog', width: 8 },
      description: 'Messages that are not sent or not acknowledged; a queue takes 65,536.',
      queries: [
        {
          expr: 'sum by (group, queue, instance) (sallyport_replication_backlog_messages)',
          legend: 'group {{group}} {{queue}} {{instance}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Silence of the peer', width: 8, unit: 's' },
      description: 'It says something every second; looked at every 30 s.',
      queries: [
        {
          expr: 'max by (group, instance) (sallyport_replication_peer_silent_seconds)',
          legend: 'group {{group}} {{instance}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Messages', width: 12, unit: 'pps' },
      description: 'Packets sent and received.',
      queries: [
        {
          expr: 'sum by (group, direction) (rate(sallyport_replication_messages_total[$__rate_interval]))',
          legend: 'group {{group}} {{direction}}',
        },
      ],
    },
    {
      ...{ kind: 'timeseries', title: 'Lost messages', width: 12 },
      description: 'Within five minutes, by reason; those that are `lost` on the way are sent again.',
      queries: [
        {
          expr: 'sum by (group, reason) (increase(sallyport_replication_drops_total[5m])) > 0',
          legend: 'group {{group}} {{reason}}',
        },
      ],
    },
  ],
};

/** Rows of what nodes do. */
export const dataplaneRows: readonly Row[] = [failover, drops, nodes, replication];
