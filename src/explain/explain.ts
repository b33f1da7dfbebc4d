import type { CompiledRule } from '../api/kinds.ts';
import { addressOf, verdictOf } from '../compile/identity.ts';
import { isIsolated } from '../compile/isolation.ts';
import { selectPods } from '../compile/select-snapshot.ts';
import type { Snapshot } from '../compile/snapshot.ts';
import { formatIp, type Ip } from '../net/ip.ts';
import { formatRange, parseRange, rangeContains } from '../net/range.ts';
import { type GatewayView, placementOf, viewGateway } from './gateway-view.ts';
import { describePacket, type Question } from './question.ts';
import { type Applying, type Weighed, type Weighing, weigh } from './weigh.ts';
import { whyFirst } from './why-first.ts';

/** `leaves`: by the Gateway. `dropped`: nothing of it leaves. `untouched`: as if Sallyport were not there. `inside`: not egress. */
export type Outcome = 'leaves' | 'dropped' | 'untouched' | 'inside';

/** What becomes of a packet, and why; plain data. */
export interface Explanation {
  /** "namespace/name" */
  readonly pod: string;
  readonly node?: string;
  /** "203.0.113.7 TCP 443" */
  readonly packet: string;
  readonly outcome: Outcome;
  readonly why: string;
  /** The address that the outside sees. */
  readonly source?: string;
  readonly gateway?: GatewayView;
  /** Rules that apply, strongest first. */
  readonly applying: readonly RuleView[];
  /** Some that do not, those with the least to be otherwise first. */
  readonly others: readonly MissView[];
}

export interface RuleView {
  /** "EgressRoute shop/payments" */
  readonly route: string;
  readonly rule: string;
  readonly match: number;
  /** The most specific of its destinations that holds the packet's. */
  readonly destination: string;
  /** "namespace/name" of the Gateway that carries the route. */
  readonly gateway: string;
  /** Why it comes before the next one. */
  readonly before?: string;
}

export interface MissView {
  readonly route: string;
  readonly rule: string;
  readonly match: number;
  /** What would have to be otherwise. */
  readonly unmet: readonly string[];
}

const mostOthers = 5;

/** Explains what becomes of a packet, as nodes decide once they have what this snapshot wants; pure. */
export function explain(snapshot: Snapshot, question: Question): Explanation {
  const weighing = weigh(snapshot, question);
  const { pod, destination } = question;
  const { metadata, spec } = pod;
  return {
    pod: `${metadata.namespace ?? ''}/${metadata.name}`,
    ...(spec.nodeName === undefined ? {} : { node: spec.nodeName }),
    packet: describePacket(formatIp(destination), question),
    ...decide(snapshot, question, weighing),
    applying: weighing.applying.map((entry, at) => viewRule(entry, weighing.applying[at + 1])),
    others: weighing.others.slice(0, mostOthers).map(viewMiss),
  };
}

type Decided = Pick<Explanation, 'outcome' | 'why' | 'source' | 'gateway'>;

function decide(snapshot: Snapshot, question: Question, weighing: Weighing): Decided {
  const { pod, namespace, destination } = question;
  if (pod.spec.hostNetwork === true)
    return { outcome: 'untouched', why: "the Pod is on its node's own network: no rule selects it" };
  if (pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed')
    return { outcome: 'untouched', why: `the Pod has ended (${pod.status.phase}): it sends nothing` };
  const inside = insideOf(weighing, destination);
  if (inside !== undefined)
    return { outcome: 'inside', why: `${formatIp(destination)} is inside the cluster (${inside}): never egress` };
  if (isEgressAddress(snapshot, destination))
    return { outcome: 'dropped', why: `${formatIp(destination)} is an egress address: nobody listens there` };
  const [refused] = selectPods(snapshot, [pod]).refused;
  if (refused !== undefined) return { outcome: 'dropped', why: refused };
  const [first] = weighing.applying;
  if (first !== undefined) return decideByGateway(first, { snapshot, question, weighing });
  return isIsolated(snapshot.egressClasses, namespace)
    ? {
        outcome: 'dropped',
        why: `no rule applies, and namespace ${namespace.metadata.name} is isolated: only what a route takes may leave`,
      }
    : { outcome: 'untouched', why: 'no rule applies: it leaves as if Sallyport were not there, mostly as its node' };
}

interface World {
  readonly snapshot: Snapshot;
  readonly question: Question;
  readonly weighing: Weighing;
}

function decideByGateway(first: Applying, { snapshot, question, weighing }: World): Decided {
  const judged = first.route.winner?.gateway;
  if (judged === undefined) throw new Error('a rule that applies has a Gateway');
  const { pod, destination } = question;
  const gateway = viewGateway(judged, {
    platform: weighing.platform,
    snapshot,
    podNode: pod.spec.nodeName ?? '',
  });
  const placement = placementOf(judged, snapshot);
  const verdict = verdictOf(placement, pod.metadata.uid, destination.family);
  const told = `${nameOf(first.rule)}, ${first.ruleName}, leads to Gateway ${judged.key}`;
  if (verdict.kind === 'drop') {
    const lacks =
      placement === undefined
        ? `which has no addresses yet: ${gateway.programmed.message}`
        : `which has no IPv${destination.family} address`;
    return { outcome: 'dropped', why: `${told}, ${lacks}`, gateway };
  }
  const identity = placement?.spec.identities.find(({ id }) => id === verdict.id);
  const source = identity === undefined ? undefined : addressOf(identity, destination.family);
  const waits = gateway.programmed.status === 'True' ? '' : `; it does not work yet: ${gateway.programmed.message}`;
  return {
    outcome: gateway.owner === undefined ? 'dropped' : 'leaves',
    why: `${told}${waits}`,
    ...(source === undefined ? {} : { source }),
    gateway,
  };
}

function insideOf({ platform }: Weighing, destination: Ip): string | undefined {
  const range = platform.ranges.ranges.map(parseRange).find((each) => each && rangeContains(each, destination));
  return range === undefined ? undefined : formatRange(range);
}

function isEgressAddress({ placements }: Snapshot, destination: Ip): boolean {
  const text = formatIp(destination);
  return placements.some(({ spec }) => spec.identities.some(({ ipv4, ipv6 }) => ipv4 === text || ipv6 === text));
}

/** "EgressRoute shop/payments" */
export function nameOf({ route: { kind, namespace, name } }: Pick<CompiledRule, 'route'>): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function viewRule(entry: Applying, next: Applying | undefined): RuleView {
  return {
    route: nameOf(entry.rule),
    rule: entry.ruleName,
    match: entry.rule.match,
    destination: entry.claim.text,
    gateway: entry.route.winner?.gateway.key ?? '',
    ...(next === undefined ? {} : { before: whyFirst(entry.claim, next.claim) }),
  };
}

function viewMiss({ rule, ruleName, unmet }: Weighed): MissView {
  return { route: nameOf(rule), rule: ruleName, match: rule.match, unmet };
}
