import type { EgressRuleSet } from '../api/kinds.ts';
import { digest } from './digest.ts';
import type { RuleSetPlan } from './egress-plan.ts';
import { memoByItems } from './memo.ts';
import { compareText } from './order.ts';

/** One digest over all rule sets of a Gateway, in any order: what a node reports as applied. */
export function gatewayDigest(ruleSets: readonly { readonly name: string; readonly digest: string }[]): string {
  const lines = ruleSets.map((set) => `${set.name}:${set.digest}`).sort(compareText);
  return digest(lines.join('\n'));
}

/** The digest over the rule sets of one Gateway as they are. */
export const actualDigest = memoByItems((ruleSets: readonly EgressRuleSet[]) =>
  gatewayDigest(ruleSets.map(({ metadata, spec }) => ({ name: metadata.name, digest: spec.digest }))),
);

/** The digest over the rule sets of one Gateway as they shall be. */
export const plannedDigest = memoByItems((ruleSets: readonly RuleSetPlan[]) =>
  gatewayDigest(ruleSets.map(({ name, spec }) => ({ name, digest: spec.digest }))),
);
