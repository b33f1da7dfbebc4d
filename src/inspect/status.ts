import type { Gateway } from '../api/gateway.ts';
import type { EgressNodeReport, EgressPlacement } from '../api/kinds.ts';
import type { Condition } from '../api/meta.ts';
import { controllerName } from '../api/names.ts';
import type { Pod } from '../api/pod.ts';
import { gatewayStateName } from '../compile/gateway-health.ts';
import { compareName, compareText, objectKey } from '../compile/order.ts';
import { indexRules, rulesOfPod } from '../compile/select-rules.ts';
import type { Snapshot } from '../compile/snapshot.ts';

/** A Gateway of ours as an operator wants it: what the API says of it, on one line. */
export interface GatewayLine {
  readonly gatewayClass: string;
  /** "namespace/name" */
  readonly gateway: string;
  readonly addresses: readonly string[];
  readonly owner?: string;
  /** Since when the owner owns it: the last failover. RFC 3339. */
  readonly since?: string;
  /** Nodes that are ready to take over, in their order. */
  readonly standbys: readonly string[];
  /** How many Pods its routes select; absent: not counted. */
  readonly pods?: number;
  /** "Programmed", or the reason why not. */
  readonly state: string;
  /** What is wrong, one message each. */
  readonly problems: readonly string[];
  readonly group?: number;
  readonly tunnelAddress?: string;
}

/** All Gateways of our classes, by class, namespace and name; with Pods, also how many each has. */
export function gatewayLines(snapshot: Snapshot, pods?: readonly Pod[]): readonly GatewayLine[] {
  const classes = new Set(
    snapshot.gatewayClasses
      .filter(({ spec }) => spec.controllerName === controllerName)
      .map(({ metadata }) => metadata.name),
  );
  const placements = new Map(snapshot.placements.map((placement) => [placement.metadata.name, placement]));
  const counts = pods === undefined ? undefined : countPods(snapshot, pods);
  return snapshot.gateways
    .filter(({ spec }) => classes.has(spec.gatewayClassName))
    .toSorted((a, b) => compareText(a.spec.gatewayClassName, b.spec.gatewayClassName) || compareName(a, b))
    .map((gateway) => {
      const { uid } = gateway.metadata;
      const line = lineOf(gateway, placements.get(uid), snapshot.reports);
      return counts === undefined ? line : { ...line, pods: counts.get(uid) ?? 0 };
    });
}

function lineOf(
  gateway: Gateway,
  placement: EgressPlacement | undefined,
  reports: readonly EgressNodeReport[],
): GatewayLine {
  const conditions = gateway.status?.conditions ?? [];
  const owner = placement?.status?.owner;
  const since = placement === undefined || owner === undefined ? undefined : roleOf(placement, owner, reports)?.since;
  return {
    gatewayClass: gateway.spec.gatewayClassName,
    gateway: objectKey(gateway),
    addresses: (gateway.status?.addresses ?? []).map(({ value }) => value),
    ...(owner === undefined ? {} : { owner }),
    ...(since === undefined ? {} : { since }),
    standbys: placement === undefined ? [] : standbysOf(placement, reports),
    state: gatewayStateName(conditions),
    problems: problemsOf(conditions),
    ...(placement === undefined ? {} : { group: placement.spec.group, tunnelAddress: placement.spec.tunnelAddress }),
  };
}

function roleOf({ spec }: EgressPlacement, node: string, reports: readonly EgressNodeReport[]) {
  const report = reports.find(({ metadata }) => metadata.name === node);
  return report?.status?.groups?.find(({ group }) => group === spec.group);
}

function standbysOf(placement: EgressPlacement, reports: readonly EgressNodeReport[]): readonly string[] {
  return placement.spec.candidates
    .map(({ node }) => node)
    .filter((node) => roleOf(placement, node, reports)?.role === 'Standby');
}

// Of these True is good; of our own types but PathVerified, True is bad.
const goodTypes = new Set(['Accepted', 'Programmed', 'ResolvedRefs', 'sallyport.dev/PathVerified']);

function problemsOf(conditions: readonly Condition[]): readonly string[] {
  return conditions
    .filter(({ type, status }) =>
      goodTypes.has(type) ? status === 'False' : type.startsWith('sallyport.dev/') && status === 'True',
    )
    .map(({ type, reason, message }) => `${type.replace('sallyport.dev/', '')}: ${reason}: ${message}`);
}

function countPods({ ruleSets, namespaces }: Snapshot, pods: readonly Pod[]): ReadonlyMap<string, number> {
  const index = indexRules(ruleSets);
  const byName = new Map(namespaces.map((namespace) => [namespace.metadata.name, namespace]));
  const counts = new Map<string, number>();
  for (const pod of pods) {
    if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') continue;
    const rules = rulesOfPod(index, pod, byName.get(pod.metadata.namespace ?? ''));
    for (const uid of new Set(rules.map(({ gatewayUid }) => gatewayUid))) counts.set(uid, (counts.get(uid) ?? 0) + 1);
  }
  return counts;
}
