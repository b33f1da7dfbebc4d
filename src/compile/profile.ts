import { cidrRange, parseCidr } from '../net/cidr.ts';
import { disjoint } from '../net/intervals.ts';
import { type Family, formatIp } from '../net/ip.ts';
import { disjointPorts } from '../net/port.ts';
import { compareRange, type Range } from '../net/range.ts';
import { complement, normalise, subtract } from '../net/ranges.ts';
import { everywhere } from './contender.ts';
import { digest } from './digest.ts';
import type { GatewayVerdict, PlanProfile, Verdict } from './node-plan.ts';
import { type Claim, comparePrecedence, hasPorts } from './precedence.ts';
import type { GatewayRule } from './select-rules.ts';

/** What a Gateway means for one Pod: the verdict of its flows by family. */
export type Decide = (gatewayUid: string, family: Family) => GatewayVerdict;

type RuleClaim = Claim<GatewayRule>;
type Decided<T> = { readonly range: Range; readonly value: T };
interface PortVerdict {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  readonly endPort: number;
  readonly verdict: Verdict;
}

/**
 * All decisions for Pods that these rules select, as disjoint intervals: for every destination the strongest rule without
 * ports, and before it the rules with ports that are stronger still; `rest` is for destinations without such a rule. Cost at the
 * kernel is then two look-ups, however many rules.
 */
export function profileOf(rules: readonly GatewayRule[], decide: Decide, rest?: Verdict): PlanProfile {
  const any: Decided<Verdict>[] = [];
  const ports: Decided<PortVerdict>[] = [];
  const verdictOf = interned(decide);
  for (const { range, values } of disjoint(rules.flatMap(claimedRanges))) {
    const claims = values.toSorted(comparePrecedence);
    const first = claims.findIndex(({ rule }) => !hasPorts(rule));
    const winner = claims[first];
    if (winner !== undefined) any.push({ range, value: verdictOf(winner, range.family) });
    const stronger = first < 0 ? claims : claims.slice(0, first);
    const entries = stronger.flatMap((claim) => portEntries(claim, verdictOf(claim, range.family)));
    for (const { protocol, from, to, value } of disjointPorts(entries)) {
      ports.push({ range, value: { protocol, port: from, endPort: to, verdict: value } });
    }
  }
  if (rest !== undefined) {
    for (const range of complement(any.map(({ range: taken }) => taken))) any.push({ range, value: rest });
  }
  const profile = { any: spans(any, (verdict) => ({ verdict })), ports: spans(ports, (value) => value) };
  return { name: digest(JSON.stringify(profile)).slice(0, 12), ...profile };
}

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

// Equal decisions on neighbouring addresses become one interval; keys are short JSON, so grouping by them is grouping by value.
function spans<T, E extends object>(decided: readonly Decided<T>[], entry: (value: T) => E) {
  const groups = Map.groupBy(decided, ({ value }) => JSON.stringify(value));
  const merged = [...groups.values()].flatMap((group) => {
    const value = group[0]?.value;
    return value === undefined ? [] : normalise(group.map(({ range }) => range)).map((range) => ({ range, value }));
  });
  return merged
    .toSorted((a, b) => compareRange(a.range, b.range))
    .map(({ range, value }) => ({ from: address(range, range.from), to: address(range, range.to), ...entry(value) }));
}

const address = ({ family }: Range, value: bigint): string => formatIp({ family, value });
