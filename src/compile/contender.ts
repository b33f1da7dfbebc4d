import type { CompiledRule } from '../api/kinds.ts';
import type { LabelSelector } from '../api/meta.ts';
import { type Cidr, cidrRange, formatCidr, parseCidr } from '../net/cidr.ts';
import type { Range } from '../net/ip.ts';
import { subtract } from '../net/ranges.ts';
import { memoByObject } from './memo.ts';
import type { Claim } from './precedence.ts';

/** One destination of one rule, ready to be held against those of other routes. */
export interface Contender extends Claim {
  readonly cidr: Cidr;
  /** `cidr` as text. */
  readonly text: string;
  /** Whether it has exceptions. */
  readonly isCut: boolean;
  /** Its addresses without the exceptions, sorted and disjoint. */
  readonly region: readonly Range[];
  /** What the podSelector demands, sorted; equal demands are equal texts, and a Pod must meet all of them. */
  readonly requirements: readonly string[];
}

/** Destinations of a rule that names none. */
export const everywhere: NonNullable<CompiledRule['destinations']> = [{ cidr: '0.0.0.0/0' }, { cidr: '::/0' }];

/** The destinations of a rule; an unreadable CIDR gives none. */
export const contendersOf = memoByObject((rule: CompiledRule): readonly Contender[] => {
  const requirements = requirementsOf(rule.podSelector);
  return (rule.destinations ?? everywhere).flatMap((destination) => {
    const cidr = parseCidr(destination.cidr);
    if (cidr === undefined) return [];
    const cuts = (destination.except ?? []).flatMap((text) => parseCidr(text) ?? []).map(cidrRange);
    const region = cuts.length === 0 ? [cidrRange(cidr)] : subtract([cidrRange(cidr)], cuts);
    return [{ rule, prefix: cidr.prefix, cidr, text: formatCidr(cidr), isCut: cuts.length > 0, region, requirements }];
  });
});

function requirementsOf(selector: LabelSelector | undefined): readonly string[] {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const texts = [
    ...Object.entries(matchLabels).map(([key, value]) => JSON.stringify([key, 'In', value])),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      return JSON.stringify([key, operator, ...[...new Set(values)].sort()]);
    }),
  ];
  return [...new Set(texts)].sort();
}
