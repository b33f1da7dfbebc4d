import { cidrRange, parseCidr } from '../net/cidr.ts';
import { disjoint } from '../net/intervals.ts';
import { type Family, formatIp } from '../net/ip.ts';
import { disjointPorts } from '../net/port.ts';
import { compareRange, parseRange, type Range } from '../net/range.ts';
import { complement, normalise, subtract } from '../net/ranges.ts';
import { everywhere } from './contender.ts';
import { digest } from './digest.ts';
import type { GatewayVerdict, PlanDecision, PlanProfile, Verdict } from './node-plan.ts';
import { compareText } from './order.ts';
import { type Claim, comparePrecedence, hasPorts } from './precedence.ts';
import type { GatewayRule } from './select-rules.ts';

/** What a Gateway means for one Pod: the verdict of its flows by family. */
export type Decide = (gatewayUid: string, family: Family) => GatewayVerdict;

type RuleClaim = Claim<GatewayRule>;
type Decision = Omit<PlanDecision, 'name'>;
type Decided<T> = { readonly range: Range; readonly value: T };
/**
 * All decisions for Pods that these rules select, as disjoint intervals: for every destination the strongest rule without
 * ports, and before it the rules with ports that are stronger still; `rest` is for destinations without such a rule. Cost at the
 * kernel is then a look-up of the destination, and one of the port where ports decide, however many rules.
 */
export function profileOf(rules: readonly GatewayRule[], decide: Decide, rest?: Verdict): PlanProfile {
  const decided: Decided<Decision>[] = [];
  const verdictOf = interned(decide);
  for (const { range, values } of disjoint(rules.flatMap(claimedRanges))) {
    const claims = values.toSorted(comparePrecedence);
    const first = claims.findIndex(({ rule }) => !hasPorts(rule));
    const winner = claims[first];
    const stronger = first < 0 ? claims : claims.slice(0, first);
    const entries = stronger.flatMap((claim) => portEntries(claim, verdictOf(claim, range.family)));
    const ports = disjointPorts(entries).map(({ protocol, from, to, value }) => ({
      ...{ protocol, port: from, endPort: to },
      verdict: value,
    }));
    const others = winner === undefined ? rest : verdictOf(winner, range.family);
    decided.push({ range, value: { ports, ...(others === undefined ? {} : { rest: others }) } });
  }
  if (rest !== undefined) {
    for (const range of complement(decided.map(({ range: taken }) => taken)))
      decided.push({ range, value: { ports: [], rest } });
  }
  const { destinations, decisions } = named(decided);
  return { name: shortDigest({ destinations, decisions }), destinations, decisions };
}

/**
 * Most destinations of one family, cut into disjoint ranges, that a Pod's rules may name: the kernel compares every 64 of them with one
 * instruction per four bits of a new flow's address, and copies all to add one (docs/design/0022).
 */
export const mostDestinations = 32_768;

/** How many more than `mostDestinations` a profile has, in the family with more; those that lead where the rest does need not be told apart. */
export function excessOf({ destinations }: PlanProfile): number {
  const families = Map.groupBy(destinations, ({ from }) => from.includes(':'));
  return Math.max(0, ...[...families.values()].map((own) => countApart(own) - mostDestinations));
}

function countApart(destinations: PlanProfile['destinations']): number {
  if (destinations.length <= mostDestinations) return destinations.length;
  const ranges = destinations.flatMap(({ from, to }) => parseRange(`${from}-${to}`) ?? []);
  const isWhole = complement(ranges).every(({ family }) => family !== ranges[0]?.family);
  const counts = [...Map.groupBy(destinations, ({ decision }) => decision).values()].map(({ length }) => length);
  return isWhole ? destinations.length - Math.max(...counts) : destinations.length;
}

/** Whom it concerns sends nothing anywhere outside the cluster. */
export const refusing: PlanProfile = {
  name: 'refusing',
  destinations: everywhere.flatMap(({ cidr }) => {
    const parsed = parseCidr(cidr);
    if (parsed === undefined) return [];
    const range = cidrRange(parsed);
    return [{ from: address(range, range.from), to: address(range, range.to), decision: 'refusing' }];
  }),
  decisions: [{ name: 'refusing', ports: [], rest: { kind: 'drop' } }],
};

// One object per verdict, since neighbouring ports are merged by identity.
function interned(decide: Decide): (claim: RuleClaim, family: Family) => Verdict {
  const known = new Map<string, Verdict>();
  return ({ rule }, family) => {
    const verdict = decide(rule.gatewayUid, family);
    const key = JSON.stringify(verdict);
    const same = known.get(key);
    if (same !== undefined) return same;
    known.set(key, verdict);
    return verdict;
  };
}

/** The ranges where the rule applies, each with the prefix length that counts for precedence; an unreadable CIDR applies nowhere. */
function claimedRanges(rule: GatewayRule): Decided<RuleClaim>[] {
  return (rule.destinations ?? everywhere).flatMap((destination) => {
    const cidr = parseCidr(destination.cidr);
    if (cidr === undefined) return [];
    const value = { rule, prefix: cidr.prefix };
    const except = (destination.except ?? []).flatMap((text) => parseCidr(text) ?? []).map((cut) => cidrRange(cut));
    return subtract([cidrRange(cidr)], except).map((range) => ({ range, value }));
  });
}

function portEntries({ rule }: RuleClaim, verdict: Verdict) {
  return (rule.ports ?? []).map(({ protocol = 'TCP', port, endPort }) => ({
    protocol,
    from: port ?? 0,
    to: endPort ?? port ?? 65535,
    value: verdict,
  }));
}

// Equal decisions on neighbouring addresses become one interval; grouping by their text is grouping by value.
function named(decided: readonly Decided<Decision>[]): Omit<PlanProfile, 'name'> {
  const groups = [...Map.groupBy(decided, ({ value }) => JSON.stringify(value)).values()].flatMap((group) => {
    const value = group[0]?.value;
    if (value === undefined) return [];
    const ranges = normalise(group.map(({ range }) => range));
    return [{ decision: { name: shortDigest(value), ...value }, ranges }];
  });
  return {
    destinations: groups
      .flatMap(({ decision: { name }, ranges }) => ranges.map((range) => ({ range, name })))
      .toSorted((a, b) => compareRange(a.range, b.range))
      .map(({ range, name }) => ({ from: address(range, range.from), to: address(range, range.to), decision: name })),
    decisions: groups.map(({ decision }) => decision).toSorted((a, b) => compareText(a.name, b.name)),
  };
}

const shortDigest = (content: object): string => digest(JSON.stringify(content)).slice(0, 12);
function address({ family }: Range, value: bigint): string {
  return formatIp({ family, value });
}
