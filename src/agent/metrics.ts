import { apiTable } from '../kube/metrics.ts';
import type { Metrics, MetricTable } from '../telemetry/metrics.ts';
import { failoverTable } from './metrics-failover.ts';
import { gatewayTable } from './metrics-gateway.ts';
import { nodeTable } from './metrics-node.ts';

export type AgentMetrics = ReturnType<typeof registerMetrics>;

/** Every metric of an agent but those of its process. */
export const agentTable = {
  ready: {
    kind: 'gauge',
    name: 'sallyport_agent_data_plane_ready',
    help: 'Whether the kernel of this node holds the plan (1), or the last attempt to program it failed (0).',
  },
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
    begins: [{ part: 'nft' }, { part: 'routes' }, { part: 'sysctls' }, { part: 'other' }],
  },
  healed: {
    kind: 'counter',
    name: 'sallyport_agent_healed_total',
    help: 'Times somebody else changed our kernel state and it was put right, by part.',
    labels: ['part'],
    begins: [{ part: 'nft' }, { part: 'sysctls' }],
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
  podProgrammed: {
    kind: 'histogram',
    name: 'sallyport_agent_pod_programmed_seconds',
    help: "From the moment this agent learnt a Pod's address until the kernel had what its packets may do.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  },
  addressSource: {
    kind: 'gauge',
    name: 'sallyport_agent_pod_address_source',
    help: 'Where Pod addresses come from (1): events or lists of the container runtime, or the API.',
    labels: ['source'],
  },
  bridgeTable: {
    kind: 'gauge',
    name: 'sallyport_agent_bridge_table',
    unset: true,
    help: 'Whether the kernel takes nftables for bridges (1); without, Pods on a bridge are told apart by their addresses alone.',
  },
  processes: {
    kind: 'counter',
    name: 'sallyport_agent_processes_total',
    help: 'Processes spawned, by command.',
    labels: ['command'],
  },
  ...apiTable,
  ...nodeTable,
  ...failoverTable,
  ...gatewayTable,
} as const satisfies MetricTable;

/** The agent's own instruments. */
export function registerMetrics(metrics: Metrics) {
  return metrics.register(agentTable);
}
