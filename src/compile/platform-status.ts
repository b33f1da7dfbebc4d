import { zoneLabel } from '../api/core.ts';
import { supportedFeatures } from '../api/gateway.ts';
import type { EgressClusterStatus, EgressNodeSpec } from '../api/kinds.ts';
import { type Finding, finding } from '../api/reasons.ts';
import { parseCidr } from '../net/cidr.ts';
import { nodeMac } from '../net/mac.ts';
import type { Numbers } from './allocate-cluster.ts';
import type { ClusterRanges } from './cluster-ranges.ts';
import { parseCluster } from './cluster-settings.ts';
import type { ClassPlan, EgressNodePlan, EgressPlan } from './egress-plan.ts';
import type { JudgedClass } from './judge-classes.ts';
import { createMemo } from './memo.ts';
import { internalAddresses } from './node-addresses.ts';
import { compareName } from './order.ts';
import type { Scribe } from './scribe.ts';
import type { Snapshot } from './snapshot.ts';
import { judgeTunnel, tunnelFamily } from './tunnel-family.ts';

/** Status of the GatewayClasses of ours, by name. */
export function planClasses(
  snapshot: Snapshot,
  classes: ReadonlyMap<string, JudgedClass>,
  scribe: Scribe,
): readonly ClassPlan[] {
  const used = new Set(snapshot.gateways.map(({ spec }) => spec.gatewayClassName));
  return [...classes.values()].map(({ gatewayClass, accepted, version }) => {
    const { name, uid, generation = 0 } = gatewayClass.metadata;
    const previous = gatewayClass.status?.conditions ?? [];
    return {
      name,
      conditions: scribe.write({ ref: { kind: 'GatewayClass', name }, uid, generation, previous }, [accepted, version]),
      supportedFeatures: supportedFeatures.map((feature) => ({ name: feature })),
      finalizer: used.has(name) ? 'present' : 'absent',
    };
  });
}

/** What the status of EgressCluster/default is made from. */
export interface ClusterStatusInput {
  readonly snapshot: Snapshot;
  readonly ranges: ClusterRanges;
  readonly numbers: Numbers | undefined;
}

/** Desired status of EgressCluster/default; undefined where there is none. */
export function planClusterStatus(input: ClusterStatusInput, scribe: Scribe): EgressPlan['cluster'] {
  const { snapshot, ranges, numbers } = input;
  const { cluster } = snapshot;
  if (cluster === undefined || numbers === undefined) return undefined;
  const { name, uid, generation = 0, resourceVersion } = cluster.metadata;
  const parsed = parseCluster(cluster);
  const accepted = parsed.ok
    ? finding('ClusterAccepted', {})
    : finding('ClusterInvalid', { field: parsed.field, problem: parsed.problem });
  const previous = cluster.status?.conditions ?? [];
  const subject = { ref: { kind: 'EgressCluster', name }, uid, generation, previous };
  const status: EgressClusterStatus = {
    conditions: scribe.write(subject, [accepted, judgeNumbers(numbers), judgeTunnel(tunnelFamily(snapshot))]),
    clusterRanges: ranges.ranges,
    ...numbers.status,
  };
  return { resourceVersion, status };
}

function judgeNumbers({ exhausted, status }: Numbers): Finding {
  const missing = [
    ...exhausted.nodes.map((node) => `the index of node ${node}`),
    ...exhausted.groups.map((key) => `failover group ${key}`),
    ...exhausted.identities.map((holder) => `identity ${holder}`),
  ];
  if (missing.length > 0) return finding('ClusterNumbersExhausted', { missing: missing.slice(0, 5).join(', ') });
  const { nodeIndexes, groups, identities } = status;
  return finding('ClusterNumbersLeft', {
    nodes: nodeIndexes.length,
    groups: groups.length,
    identities: identities.length,
  });
}

/** Desired EgressNodes, by name: Nodes with a confirmed index and an InternalIP; others keep what they have. */
export function planNodes(snapshot: Snapshot, numbers: Numbers | undefined): readonly EgressNodePlan[] {
  return nodesOf(snapshot.nodes, [snapshot.egressNodes, numbers], () => planEachNode(snapshot, numbers));
}

const nodesOf = createMemo<Snapshot['nodes'], readonly EgressNodePlan[]>();

function planEachNode(snapshot: Snapshot, numbers: Numbers | undefined): readonly EgressNodePlan[] {
  const existing = new Map(snapshot.egressNodes.map((object) => [object.metadata.name, object.spec]));
  return [...snapshot.nodes].sort(compareName).flatMap((node) => {
    const { name, uid, labels } = node.metadata;
    const index = numbers?.nodeIndexes.get(name);
    const kept = existing.get(name);
    if (index === undefined) return kept?.uid === uid ? [{ name, spec: kept }] : [];
    const addresses = internalAddresses(node);
    if (addresses.length === 0) return [];
    const zone = labels?.[zoneLabel];
    const podCIDRs = (node.spec.podCIDRs ?? []).filter((text) => parseCidr(text) !== undefined);
    const spec: EgressNodeSpec = {
      index,
      uid,
      addresses,
      ...(podCIDRs.length === 0 ? {} : { podCIDRs }),
      tunnelMAC: nodeMac(index),
      ...(zone ? { zone } : {}),
    };
    return [{ name, spec }];
  });
}
