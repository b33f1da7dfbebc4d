import type { EgressCluster, EgressNode, EgressPlacement, EgressRuleSet } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import type { Family } from '../net/ip.ts';
import { clusterSettings } from './cluster-defaults.ts';
import type { PodRights } from './flow-right.ts';
import { addressOf, verdictOf } from './identity.ts';
import type { NodePlan, PlanGroup, PlanIdentity, PlanNode, PlanProfile } from './node-plan.ts';
import { profileOf } from './profile.ts';
import { type GatewayRule, indexRules, rulesOfPod } from './select-rules.ts';

/** What an agent watches (decisions.md 1). */
export interface NodeView {
  readonly cluster: EgressCluster;
  readonly node: EgressNode;
  readonly pods: readonly Pod[];
  readonly namespaces: readonly { readonly metadata: ObjectMeta }[];
  readonly ruleSets: readonly EgressRuleSet[];
  readonly placements: readonly EgressPlacement[];
  /** All EgressNodes; read only where this node is a candidate. */
  readonly nodes: readonly EgressNode[];
}

export interface Selection {
  readonly plan: NodePlan;
  /** Uids of the Gateways that select some local Pod. */
  readonly usedGateways: ReadonlySet<string>;
  /** By address of every selected local Pod: what its flows have a right to (`flowJudge`). */
  readonly rights: ReadonlyMap<string, PodRights>;
}

/** What this node must be, from what its agent watches; pure, and the same whatever order the objects come in. */
export function selectPlan(view: NodeView): Selection {
  const placements = view.placements.toSorted(byName);
  const { profiles, pods, usedGateways, judged, rights } = judgePods(
    view,
    new Map(placements.map((p) => [p.metadata.name, p])),
  );
  const own = view.node.metadata.name;
  const held = placements.filter(({ spec }) => spec.candidates.some(({ node }) => node === own));
  const used = placements.filter((placement) => usedGateways.has(placement.metadata.name) || held.includes(placement));
  const settings = clusterSettings(view.cluster.spec);
  return {
    usedGateways,
    rights,
    plan: {
      node: planNode(view.node),
      ...settings,
      podRanges: (view.node.spec.podCIDRs ?? []).toSorted(),
      clusterRanges: (view.cluster.status?.clusterRanges ?? []).toSorted(),
      egressAddresses: placements.flatMap(egressAddresses).toSorted(),
      groups: planGroups(used, own),
      identities: used.flatMap(planIdentities).toSorted((a, b) => a.id - b.id),
      peers:
        held.length === 0
          ? []
          : view.nodes
              .filter((node) => node.metadata.name !== own)
              .toSorted(byName)
              .map(planNode),
      profiles,
      pods,
      judged,
    },
  };
}

interface Judgement {
  readonly profiles: readonly PlanProfile[];
  readonly pods: NodePlan['pods'];
  readonly judged: readonly string[];
  readonly usedGateways: ReadonlySet<string>;
  readonly rights: ReadonlyMap<string, PodRights>;
}

function judgePods(view: NodeView, placements: ReadonlyMap<string, EgressPlacement>): Judgement {
  const index = indexRules(view.ruleSets.toSorted(byName));
  const namespaces = new Map(view.namespaces.map((namespace) => [namespace.metadata.name, namespace]));
  const profiles = new Map<string, PlanProfile>();
  const pods = new Map<string, string>();
  const judged = new Set<string>();
  const usedGateways = new Set<string>();
  const rights = new Map<string, PodRights>();
  const identities = identitiesByGateway(placements);
  const profileFor = cachedProfiles(placements);
  for (const pod of view.pods.filter(isRunning).toSorted(byAge)) {
    const namespace = namespaces.get(pod.metadata.namespace ?? '');
    const rules = rulesOfPod(index, pod, namespace);
    // Its watch may be behind the Pods': until its labels are known, a ClusterEgressRoute cannot be judged.
    if (namespace !== undefined) for (const address of pod.status.podIPs) judged.add(address);
    if (rules.length === 0) continue;
    for (const { gatewayUid } of rules) usedGateways.add(gatewayUid);
    const profile = profileFor(rules, pod.metadata.uid);
    profiles.set(profile.name, profile);
    for (const address of pod.status.podIPs) {
      pods.set(address, profile.name);
      rights.set(address, { rules, identities });
    }
  }
  return {
    profiles: [...profiles.values()].toSorted((a, b) => compareText(a.name, b.name)),
    pods: [...pods]
      .map(([address, profile]) => ({ address, profile }))
      .toSorted((a, b) => compareText(a.address, b.address)),
    judged: [...judged].toSorted(),
    usedGateways,
    rights,
  };
}

function identitiesByGateway(placements: ReadonlyMap<string, EgressPlacement>): PodRights['identities'] {
  return new Map([...placements].map(([uid, { spec }]) => [uid, new Set(spec.identities.map(({ id }) => id))]));
}

// Pods of one Deployment match the same rules and mostly get the same verdicts: compute such a profile once.
function cachedProfiles(placements: ReadonlyMap<string, EgressPlacement>) {
  const cache = new Map<string, PlanProfile>();
  return (rules: readonly GatewayRule[], podUid: string): PlanProfile => {
    const decide = (uid: string, family: Family) => verdictOf(placements.get(uid), podUid, family);
    const key = JSON.stringify(
      rules.map((rule) => [rule.route, rule.rule, rule.match, decide(rule.gatewayUid, 4), decide(rule.gatewayUid, 6)]),
    );
    const known = cache.get(key);
    if (known !== undefined) return known;
    const profile = profileOf(rules, decide);
    cache.set(key, profile);
    return profile;
  };
}

// A finished Pod's address may already be another Pod's.
function isRunning(pod: Pod): boolean {
  return pod.spec.hostNetwork !== true && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';
}

function planNode(node: EgressNode): PlanNode {
  const address4 = node.spec.addresses.find((address) => !address.includes(':'));
  const address6 = node.spec.addresses.find((address) => address.includes(':'));
  return {
    name: node.metadata.name,
    index: node.spec.index,
    ...(address4 === undefined ? {} : { address4 }),
    ...(address6 === undefined ? {} : { address6 }),
    mac: node.spec.tunnelMAC,
  };
}

function planIdentities({ spec }: EgressPlacement): PlanIdentity[] {
  return spec.identities.map(({ id, ipv4, ipv6 }) => ({
    id,
    group: spec.group,
    ...(ipv4 === undefined ? {} : { egress4: ipv4 }),
    ...(ipv6 === undefined ? {} : { egress6: ipv6 }),
  }));
}

function egressAddresses({ spec }: EgressPlacement): string[] {
  return spec.identities.flatMap((identity) => [4, 6].flatMap((family) => addressOf(identity, family as Family) ?? []));
}

function planGroups(placements: readonly EgressPlacement[], own: string): PlanGroup[] {
  const groups = Map.groupBy(placements, ({ spec }) => spec.group);
  return [...groups.values()].flatMap((members) => planGroup(members, own)).toSorted((a, b) => a.group - b.group);
}

// The controller gives all placements of a group the same candidates and failover settings; the first by name speaks for them.
function planGroup(members: readonly EgressPlacement[], own: string): PlanGroup[] {
  const spec = members[0]?.spec;
  if (spec === undefined) return [];
  const me = spec.candidates.find(({ node }) => node === own);
  const networkInterface = spec.network.interface;
  return [
    {
      group: spec.group,
      tunnel4: spec.tunnelAddress,
      ...(spec.tunnelAddress6 === undefined ? {} : { tunnel6: spec.tunnelAddress6 }),
      candidates: spec.candidates,
      ...(me === undefined
        ? {}
        : {
            vrrp: {
              virtualRouterId: spec.failover.virtualRouterId,
              priority: me.priority,
              advertMilliseconds: spec.failover.advertMilliseconds,
              preempt: spec.failover.preempt,
              ...(networkInterface === undefined ? {} : { networkInterface }),
              egressAddresses: members.flatMap(egressAddresses).toSorted(),
            },
          }),
    },
  ];
}

const byName = (a: { metadata: ObjectMeta }, b: { metadata: ObjectMeta }): number =>
  compareText(a.metadata.name, b.metadata.name);

// Should two running Pods claim one address (a stale status), the younger holds it.
function byAge(a: Pod, b: Pod): number {
  return (
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.uid, b.metadata.uid)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
