import { type Claim, compareCreated, hasPorts, selectsNamespaces, selectsPods } from '../compile/precedence.ts';

/** Why `a` comes before `b`, by the first criterion of `comparePrecedence` that tells them apart; call it with the stronger one first. */
export function whyFirst(a: Claim, b: Claim): string {
  if (a.rule.route.kind !== b.rule.route.kind) return 'an EgressRoute comes before a ClusterEgressRoute';
  if (a.prefix !== b.prefix) return `its destination is more specific: /${a.prefix} before /${b.prefix}`;
  if (hasPorts(a.rule) !== hasPorts(b.rule)) return 'it names ports';
  if (selectsNamespaces(a.rule) !== selectsNamespaces(b.rule)) return 'it selects namespaces by their labels';
  if (selectsPods(a.rule) !== selectsPods(b.rule)) return 'it selects Pods';
  if (compareCreated(a.rule, b.rule) !== 0) return `its route is older: ${a.rule.created} before ${b.rule.created}`;
  if (a.rule.route.name !== b.rule.route.name) return 'both are equally old, and its name comes first';
  return 'it comes first in the route';
}
