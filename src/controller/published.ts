import type { EgressRuleSet } from '../api/kinds.ts';
import { actualDigest } from '../compile/rule-set-digest.ts';

/** When each Gateway's rule sets were first seen as they are now: `uid/digest` to milliseconds, the compile's `publishedAt`. */
export function nextPublished(
  before: ReadonlyMap<string, number>,
  ruleSets: readonly EgressRuleSet[],
  now: number,
): ReadonlyMap<string, number> {
  const byGateway = Map.groupBy(ruleSets, ({ spec }) => spec.gateway.uid);
  const keys = [...byGateway].map(([uid, sets]) => `${uid}/${actualDigest(sets)}`);
  return new Map(keys.map((key) => [key, before.get(key) ?? now]));
}
