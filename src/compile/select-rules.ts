import type { CompiledRule, EgressRuleSet } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import { matchesSelector } from './label-selector.ts';

export interface GatewayRule extends CompiledRule {
  readonly gatewayUid: string;
}

export interface RuleIndex {
  readonly byNamespace: ReadonlyMap<string, readonly GatewayRule[]>;
  readonly cluster: readonly GatewayRule[];
}

/** Rules by the namespace whose Pods they may select, so that a Pod looks at its own namespace's and the cluster's only. */
export function indexRules(ruleSets: readonly EgressRuleSet[]): RuleIndex {
  const byNamespace = new Map<string, GatewayRule[]>();
  const cluster: GatewayRule[] = [];
  for (const { spec } of ruleSets) {
    for (const rule of spec.rules) {
      const owned = { ...rule, gatewayUid: spec.gateway.uid };
      if (rule.route.kind === 'ClusterEgressRoute') cluster.push(owned);
      else pushTo(byNamespace, rule.route.namespace ?? '', owned);
    }
  }
  return { byNamespace, cluster };
}

function pushTo(map: Map<string, GatewayRule[]>, key: string, rule: GatewayRule): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [rule]);
  else list.push(rule);
}

/** The rules that select the Pod, whatever the destination; none for hostNetwork Pods (api.md §4) or unknown namespaces of a ClusterEgressRoute. */
export function rulesOfPod(
  index: RuleIndex,
  pod: Pod,
  namespace: { metadata: ObjectMeta } | undefined,
): readonly GatewayRule[] {
  if (pod.spec.hostNetwork === true) return [];
  const own = index.byNamespace.get(pod.metadata.namespace ?? '') ?? [];
  const rules = [...own, ...index.cluster.filter((rule) => selectsNamespaceOf(pod, namespace, rule))];
  return rules.filter((rule) => selectsPod(rule, pod));
}

/** Whether a rule of a ClusterEgressRoute selects Pods of the namespace: by its selector, else every one that is not excluded (api.md §5). */
export function selectsNamespace(
  { namespaceSelector, excludedNamespaces = [] }: Pick<CompiledRule, 'namespaceSelector' | 'excludedNamespaces'>,
  { name, labels }: Pick<ObjectMeta, 'name' | 'labels'>,
): boolean {
  return namespaceSelector === undefined
    ? !excludedNamespaces.includes(name)
    : matchesSelector(namespaceSelector, labels);
}

function selectsNamespaceOf(pod: Pod, namespace: { metadata: ObjectMeta } | undefined, rule: CompiledRule): boolean {
  if (namespace !== undefined) return selectsNamespace(rule, namespace.metadata);
  // Its labels are not known yet.
  return rule.namespaceSelector === undefined && selectsNamespace(rule, { name: pod.metadata.namespace ?? '' });
}

function selectsPod(rule: CompiledRule, pod: Pod): boolean {
  const accounts = rule.serviceAccounts ?? [];
  return (
    matchesSelector(rule.podSelector, pod.metadata.labels) &&
    (accounts.length === 0 || accounts.includes(pod.spec.serviceAccountName || 'default'))
  );
}
