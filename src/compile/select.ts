import type { EgressClass, EgressCluster, EgressNode, EgressPlacement, EgressRuleSet } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import type { Family } from '../net/ip.ts';
import { clusterSettings } from './cluster-defaults.ts';
import type { PodRights } from './flow-right.ts';
import { verdictOf } from './identity.ts';
import { isIsolated } from './isolation.ts';
import { createListPool, createMemo, memoByObject } from './memo.ts';
import type { NodePlan, PlanNode, PlanProfile } from './node-plan.ts';
import { excessOf, mostDestinations, profileOf, refusing } from './profile.ts';
import { heldBy, nodeAddresses, type Placed, planUsed, readPlacements } from './select-placements.ts';
import { type GatewayRule, indexRules, type RuleIndex, rulesOfPod } from './select-rules.ts';

/** What an agent watches (decisions.md 1). */
export interface NodeView {
  readonly cluster: EgressCluster;
  /** For `isolation`. */
  readonly classes: readonly EgressClass[];
  readonly node: EgressNode;
  readonly pods: readonly Pod[];
  readonly namespaces: readonly { readonly metadata: ObjectMeta }[];
  readonly ruleSets: readonly EgressRuleSet[];
  readonly placements: readonly EgressPlacement[];
  /** Addresses of Pods here that send beacons; default: none. */
  readonly beacons?: readonly string[];
  /** All EgressNodes; read only where this node is a candidate. */
  readonly nodes: readonly EgressNode[];
}

export interface Selection {
  readonly plan: NodePlan;
  /** Uids of the Gateways that select some local Pod. */
  readonly usedGateways: ReadonlySet<string>;
  /** The namespaces that have Pods here, those on the node's own network left out, by name. */
  readonly namespaces: readonly { readonly metadata: ObjectMeta }[];
  /** By address of every local Pod that some rule selects: what its flows have a right to (`flowJudge`). */
  readonly rights: ReadonlyMap<string, PodRights>;
  /** Pods that send nothing to the outside, and why. */
  readonly refused: readonly string[];
}

/**
 * What this node must be, from what its agent watches; pure, and the same whatever order the objects come in. What it knows of
 * the very same objects it does not work out again: when one Pod changes, that Pod costs time, however many rules there are.
 */
export function selectPlan(view: NodeView): Selection {
  const { beacons = [] } = view;
  const own = view.node.metadata.name;
  const placed = readPlacements(view.placements);
  const { profiles, pods, judged, ...judgement } = judgePods(view, placed);
  const { usedGateways } = judgement;
  const held = heldBy(placed, own);
  const peers = held.size === 0 ? noPeers : peersOf(view.nodes, [own], () => planPeers(view.nodes, own));
  const used = placed.sorted.filter((placement) => usedGateways.has(placement.metadata.name) || held.has(placement));
  const settings = clusterSettings(view.cluster.spec);
  return {
    ...judgement,
    plan: {
      node: planNode(view.node),
      ...settings,
      podRanges: (view.node.spec.podCIDRs ?? []).toSorted(),
      clusterRanges: sortedRanges(view.cluster),
      egressAddresses: placed.egressAddresses,
      ...planUsed(used, own),
      tunnelAddresses: placed.tunnelAddresses,
      nodeAddresses: nodeAddresses(placed, planNode(view.node), peers),
      peers,
      profiles,
      pods,
      judged,
      ...(beacons.length === 0 ? {} : { beacons: beacons.toSorted() }),
    },
  };
}

const sortedRanges = memoByObject(({ status }: EgressCluster) => (status?.clusterRanges ?? []).toSorted());

const noPeers: readonly PlanNode[] = [];
const peersOf = createMemo<readonly EgressNode[], readonly PlanNode[]>();

function planPeers(nodes: readonly EgressNode[], own: string): readonly PlanNode[] {
  return nodes
    .filter((node) => node.metadata.name !== own)
    .toSorted(byName)
    .map(planNode);
}

interface Judgement extends Omit<Selection, 'plan'> {
  readonly profiles: readonly PlanProfile[];
  readonly pods: NodePlan['pods'];
  readonly judged: readonly string[];
}

const ruleIndexOf = memoByObject((ruleSets: readonly EgressRuleSet[]) => indexRules(ruleSets.toSorted(byName)));
const namespacesOf = memoByObject(
  (namespaces: NodeView['namespaces']) => new Map(namespaces.map((namespace) => [namespace.metadata.name, namespace])),
);

function judgePods(view: NodeView, placed: Placed): Judgement {
  const index = ruleIndexOf(view.ruleSets);
  const namespaces = namespacesOf(view.namespaces);
  const profiles = new Map<string, PlanProfile>();
  const pods = new Map<string, string>();
  const judged = new Set<string>();
  const usedGateways = new Set<string>();
  const present = new Set<NodeView['namespaces'][number]>();
  const rights = new Map<string, PodRights>();
  const refused: string[] = [];
  const running = view.pods.filter(isRunning);
  const holders = holdersOf(running);
  for (const pod of running) {
    const namespace = namespaces.get(pod.metadata.namespace ?? '');
    const isolated = namespace !== undefined && isIsolated(view.classes, namespace);
    const { rules, profile, own, excess } = judgements(pod, [index, namespace, placed, isolated], () =>
      judgePod(pod, namespace, { index, placed, isolated }),
    );
    const addresses = pod.status.podIPs.filter((address) => holders.get(address) === pod);
    // Its watch may be behind the Pods': until its labels are known, a ClusterEgressRoute cannot be judged.
    if (namespace !== undefined) {
      present.add(namespace);
      for (const address of addresses) judged.add(address);
    }
    if (profile === undefined) continue;
    for (const { gatewayUid } of rules) usedGateways.add(gatewayUid);
    if (excess > 0) refused.push(tooManyDestinations(pod, excess));
    profiles.set(profile.name, profile);
    for (const address of addresses) {
      pods.set(address, profile.name);
      // What an isolated Pod sends without a rule needs no end: nothing of it passes, either way.
      if (rules.length > 0) rights.set(address, own);
    }
  }
  const used = new Set(pods.values());
  return {
    profiles: [...profiles.values()]
      .filter(({ name }) => used.has(name))
      .toSorted((a, b) => compareText(a.name, b.name)),
    pods: [...pods]
      .map(([address, profile]) => ({ address, profile }))
      .toSorted((a, b) => compareText(a.address, b.address)),
    judged: [...judged].toSorted(),
    usedGateways,
    namespaces: steadyNamespaces([...present].toSorted(byName)),
    rights,
    refused: refused.toSorted(),
  };
}

function tooManyDestinations({ metadata: { namespace, name } }: Pod, excess: number): string {
  const found = mostDestinations + excess;
  return `Pod ${namespace}/${name} sends nothing to the outside: the rules that select it name ${found} ranges of destinations, at most ${mostDestinations} are programmed; name fewer or larger ones, or let fewer routes select it`;
}

const steadyNamespaces = createListPool<NodeView['namespaces'][number]>();

interface PodJudgement {
  readonly rules: readonly GatewayRule[];
  /** Absent when no rule selects it, and its namespace is not isolated. */
  readonly profile?: PlanProfile;
  readonly own: PodRights;
  /** Destinations too many: then it has the profile that refuses everything. */
  readonly excess: number;
}

interface RuleWorld {
  readonly index: RuleIndex;
  readonly placed: Placed;
  readonly isolated: boolean;
}

const judgements = createMemo<Pod, PodJudgement>();

function judgePod(pod: Pod, namespace: NodeView['namespaces'][number] | undefined, world: RuleWorld): PodJudgement {
  const rules = rulesOfPod(world.index, pod, namespace);
  const own = { rules, identities: world.placed.identities };
  if (rules.length === 0 && !world.isolated) return { rules, own, excess: 0 };
  const profile = profileFor(world, rules, pod.metadata.uid);
  const excess = excessOf(profile);
  return { rules, own, excess, profile: excess > 0 ? refusing : profile };
}

const profileCaches = createMemo<RuleIndex, Map<string, PlanProfile>>();

// Pods of one Deployment match the same rules and mostly get the same verdicts: compute such a profile once.
function profileFor(
  { index, placed, isolated }: RuleWorld,
  rules: readonly GatewayRule[],
  podUid: string,
): PlanProfile {
  const cache = profileCaches(index, [placed], () => new Map());
  const decide = (uid: string, family: Family) => verdictOf(placed.byUid.get(uid), podUid, family);
  const key = JSON.stringify([
    isolated,
    rules.map((rule) => [rule.route, rule.rule, rule.match, decide(rule.gatewayUid, 4), decide(rule.gatewayUid, 6)]),
  ]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const profile = profileOf(rules, decide, isolated ? { kind: 'isolated' } : undefined);
  cache.set(key, profile);
  return profile;
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

const byName = (a: { metadata: ObjectMeta }, b: { metadata: ObjectMeta }): number =>
  compareText(a.metadata.name, b.metadata.name);

// Should two running Pods claim one address (a stale status), the younger holds it.
function holdersOf(pods: readonly Pod[]): ReadonlyMap<string, Pod> {
  const holders = new Map<string, Pod>();
  for (const pod of pods) {
    for (const address of pod.status.podIPs) {
      const other = holders.get(address);
      if (other === undefined || byAge(other, pod) < 0) holders.set(address, pod);
    }
  }
  return holders;
}

function byAge(a: Pod, b: Pod): number {
  return (
    compareText(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compareText(a.metadata.uid, b.metadata.uid)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
