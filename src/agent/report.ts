import type { EgressNodeReportStatus, EgressPlacement, EgressRuleSet } from '../api/kinds.ts';
import type { Condition } from '../api/meta.ts';
import type { NodePlan } from '../compile/node-plan.ts';
import { namespacesOf } from '../compile/presence.ts';
import { gatewayDigest } from '../compile/rule-set-digest.ts';
import type { Selection } from '../compile/select.ts';
import type { FlowsHeld } from '../dataplane/vrrp/state.ts';
import type { Proof } from '../probe/verdict.ts';
import type { Claimed, Withheld } from './claims.ts';
import type { Pressure } from './conntrack-pressure.ts';
import type { Heard } from './heard.ts';
import type { CutOff } from './network-problems.ts';
import type { Bypass } from './pod-path.ts';

type ReportedGateway = NonNullable<EgressNodeReportStatus['gateways']>[number];
type ReportedGroup = NonNullable<EgressNodeReportStatus['groups']>[number];
export type Role = ReportedGroup['role'];

/** How programming the kernel ended. */
export type Outcome = { readonly kind: 'applied' } | { readonly kind: 'failed'; readonly message: string };

export interface ReportInput {
  readonly selection: Selection;
  readonly ruleSets: readonly EgressRuleSet[];
  readonly placements: readonly EgressPlacement[];
  readonly outcome: Outcome;
  /** Roles in the failover groups for which this node is a candidate; one that is being started has none yet. */
  readonly roles: ReadonlyMap<number, Role>;
  /** Why it cannot own some of them, by group. */
  readonly problems?: ReadonlyMap<number, string>;
  /** What does not work of those that it can own, by group. */
  readonly cutOffs?: ReadonlyMap<number, CutOff>;
  /** Owned groups of which not every router was told yet. */
  readonly unannounced?: ReadonlySet<number>;
  /** Whether it holds the flows of those that it replicates, by group. */
  readonly flows?: ReadonlyMap<number, FlowsHeld>;
  /** Egress addresses that it does not claim, because another host has them, by group. */
  readonly withheld?: Claimed['withheld'];
  /** Whether the kernel takes nftables for bridges; default: it does. */
  readonly hasBridge?: boolean;
  /** All addresses that this node holds now, canonical. */
  readonly addresses: ReadonlySet<string>;
  /** Hardware address of this node in the network of each group. */
  readonly macs: ReadonlyMap<number, string>;
  /** What was heard of the groups that this node stands by for. */
  readonly heard: ReadonlyMap<number, Heard>;
  /** What the self-probe says, by uid of the Gateway. */
  readonly proofs?: ReadonlyMap<string, Proof>;
  /** New flows that the kernel does not take. */
  readonly pressure?: Pressure | undefined;
  /** Pods' packets that meet no rule. */
  readonly bypass?: Bypass | undefined;
  readonly version: string;
  /** Milliseconds, for a condition whose status moves now. */
  readonly now: number;
  /** The report before: transition times move only with the status. */
  readonly previous: EgressNodeReportStatus | undefined;
}

/** What this node says of itself: per Gateway that may concern its Pods or that it may own, what it has applied; no counters (decisions.md). */
export function reportOf(input: ReportInput): EgressNodeReportStatus {
  const { selection, outcome } = input;
  const held = heldGroups(selection.plan);
  const ruleSets = Map.groupBy(input.ruleSets, ({ spec }) => spec.gateway.uid);
  const placements = new Map(input.placements.map((placement) => [placement.metadata.name, placement]));
  const owned = input.placements.filter(({ spec }) => held.has(spec.group)).map(({ metadata }) => metadata.name);
  const concerned = concernedGateways(input);
  const uids = [...new Set([...concerned, ...owned])].toSorted();
  const gateways = uids.flatMap((uid) => {
    const sets = concerned.has(uid) ? ruleSets.get(uid) : undefined;
    return gatewayEntry(uid, { sets, placement: placements.get(uid), outcome, input });
  });
  return {
    gateways: [...gateways, ...notLetGo(input, uids)],
    namespaces: selection.namespaces.slice(0, mostNamespaces).map(({ metadata }) => metadata.name),
    groups: [...held]
      .filter((group) => input.roles.has(group))
      .toSorted((a, b) => a - b)
      .map((group) => groupEntry(group, input)),
    conditions: [dataPlaneCondition(input), ...warnings(input)],
    version: input.version,
  };
}

// Also those whose rules select none of the Pods here: a route is Programmed when everybody knows that who could meet it.
function concernedGateways({ selection, ruleSets }: ReportInput): ReadonlySet<string> {
  const { namespaces, usedGateways } = selection;
  const about = ruleSets.filter(({ spec }) => namespacesOf(spec.rules, namespaces).size > 0);
  return new Set([...usedGateways, ...about.map(({ spec }) => spec.gateway.uid)]);
}

function dataPlaneCondition({ outcome, previous, now }: ReportInput): Condition {
  const before = previous?.conditions?.find(({ type }) => type === 'DataPlaneReady');
  const status = outcome.kind === 'applied' ? 'True' : 'False';
  return {
    type: 'DataPlaneReady',
    status,
    reason: status === 'True' ? 'Programmed' : 'ProgrammingFailed',
    message: outcome.kind === 'applied' ? 'the kernel holds the plan' : outcome.message.slice(0, 1024),
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : timeText(now),
  };
}

/** What is not protected then (`docs/design/0013`). */
export const withoutBridgeTable =
  'the kernel has no nftables for bridges (CONFIG_NF_TABLES_BRIDGE): on a bridge a Pod can send from the address of another, and one that starts on an address that was just freed may for a moment be its predecessor; all else is as it must be';

// Each only while it is False: a node of which nothing is to be said says nothing.
function warnings(input: ReportInput): readonly Condition[] {
  const { hasBridge = true, pressure, bypass, selection } = input;
  const noBridge = hasBridge ? undefined : { reason: 'NoBridgeTables', message: withoutBridgeTable };
  const [first, ...more] = selection.refused;
  const message = `${first}${more.length === 0 ? '' : `; and ${more.length} more`}`.slice(0, 1024);
  const tooMany = first === undefined ? undefined : { reason: 'TooManyDestinations', message };
  return [
    ...warning('PodsCaught', bypass, input),
    ...warning('PodLinksBound', noBridge, input),
    ...warning('NewFlowsTaken', pressure, input),
    ...warning('DestinationsFit', tooMany, input),
  ];
}

function warning(
  type: string,
  problem: Pick<Condition, 'reason' | 'message'> | undefined,
  { previous, now }: ReportInput,
): readonly Condition[] {
  if (problem === undefined) return [];
  const before = previous?.conditions?.find((condition) => condition.type === type);
  return [{ type, status: 'False', ...problem, lastTransitionTime: before?.lastTransitionTime ?? timeText(now) }];
}

// A node that failed has let go of nothing: its kernel may still send with the numbers of Gateways that are gone.
function notLetGo({ outcome, previous }: ReportInput, uids: readonly string[]): ReportedGateway[] {
  if (outcome.kind === 'applied') return [];
  const gone = (previous?.gateways ?? []).filter(({ uid }) => !uids.includes(uid));
  return gone.map((entry) => ({ ...entry, state: 'Failed', message: outcome.message.slice(0, 1024) }));
}

function groupEntry(
  group: number,
  { roles, problems, cutOffs, flows, previous, now, macs, heard, withheld }: ReportInput,
): ReportedGroup {
  const role = roles.get(group) ?? 'Fault';
  const before = previous?.groups?.find((entry) => entry.group === group);
  const mac = macs.get(group);
  const held = role === 'Standby' || flows?.get(group) === 'None' ? flows?.get(group) : undefined;
  const cutOff = role === 'Fault' ? undefined : cutOffs?.get(group);
  const message = (role === 'Fault' ? problems?.get(group) : cutOff?.message)?.slice(0, 1024);
  const families = cutOff?.families.map((family) => (family === 4 ? ('IPv4' as const) : ('IPv6' as const))) ?? [];
  return {
    group,
    role,
    since: before?.role === role && before.since !== undefined ? before.since : timeText(now),
    ...(mac === undefined ? {} : { mac }),
    ...(message === undefined ? {} : { message }),
    ...(families.length === 0 ? {} : { cutOff: families }),
    ...(held === undefined || role === 'Fault' ? {} : { flows: held }),
    ...(role === 'Standby' ? heardEntry(heard.get(group)) : {}),
    ...withheldEntry(withheld?.get(group)),
  };
}

function heardEntry(heard: Heard | undefined): Pick<ReportedGroup, 'answeredBy' | 'answers'> {
  if (heard === undefined) return {};
  const { answeredBy, others } = heard;
  const answers = others.slice(0, mostAnswers).map(({ address, macs }) => ({ address, macs: macs.slice(0, mostMacs) }));
  return { ...(answeredBy === undefined ? {} : { answeredBy }), ...(answers.length === 0 ? {} : { answers }) };
}

function withheldEntry(withheld: readonly Withheld[] = []): Pick<ReportedGroup, 'withheld'> {
  if (withheld.length === 0) return {};
  return {
    withheld: withheld.slice(0, mostAnswers).map(({ address, macs }) => ({ address, macs: macs.slice(0, mostMacs) })),
  };
}

// What the schema of EgressNodeReport takes.
const mostAnswers = 64;
const mostMacs = 8;
const mostNamespaces = 1024;

// Programmed means bound: the owner has applied a placement when its device has the addresses, not when keepalived was told to, and
// when routers that are to be told of them were. What another host has is said beside it.
function appliedGeneration(placement: EgressPlacement, input: ReportInput): number {
  const { roles, addresses, previous, withheld, unannounced } = input;
  const others = new Set((withheld?.get(placement.spec.group) ?? []).map(({ address }) => address));
  const wanted = placement.spec.identities.flatMap(({ ipv4, ipv6 }) =>
    [ipv4, ipv6].filter((address) => address !== undefined),
  );
  const isBound =
    roles.get(placement.spec.group) !== 'Owner' ||
    (unannounced?.has(placement.spec.group) !== true &&
      wanted.every((address) => addresses.has(address) || others.has(address)));
  const before = previous?.gateways?.find(({ uid }) => uid === placement.metadata.name);
  return isBound ? (placement.metadata.generation ?? 0) : (before?.placement ?? 0);
}

interface Applied {
  readonly input: ReportInput;
  readonly sets: readonly EgressRuleSet[] | undefined;
  readonly placement: EgressPlacement | undefined;
  readonly outcome: Outcome;
}

function gatewayEntry(uid: string, { sets, placement, outcome, input }: Applied): ReportedGateway[] {
  const gateway = sets?.[0]?.spec.gateway ?? placement?.spec.gateway;
  if (gateway === undefined) return [];
  const probe = input.proofs?.get(uid);
  return [
    {
      uid,
      namespace: gateway.namespace,
      name: gateway.name,
      ruleSets:
        sets === undefined
          ? ''
          : gatewayDigest(sets.map(({ metadata, spec }) => ({ name: metadata.name, digest: spec.digest }))),
      placement: placement === undefined ? 0 : appliedGeneration(placement, input),
      ...(outcome.kind === 'applied'
        ? { state: 'Applied' }
        : { state: 'Failed', message: outcome.message.slice(0, 1024) }),
      ...(probe === undefined ? {} : { probe }),
    },
  ];
}

const timeText = (now: number): string => new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');

function heldGroups(plan: NodePlan): Set<number> {
  return new Set(plan.groups.flatMap(({ group, vrrp }) => (vrrp === undefined ? [] : [group])));
}

/** The longest wait before a report that nobody waits for, in ms: a thousand nodes spread over 5 s, three report at once. */
export function reportJitter(nodes: number): number {
  return Math.min(5_000, Math.max(20, nodes * 5));
}
