import type { CompiledRule, EgressRuleSet } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import type { Pod } from '../api/pod.ts';
import { indexByLabel, type LabelIndex } from './label-index.ts';
import { matchesSelector } from './label-selector.ts';
import { createMemo, memoByItems } from './memo.ts';

export interface GatewayRule extends CompiledRule {
  readonly gatewayUid: string;
}

/** All rules of a cluster, ready to be asked by Pods. */
export interface RuleIndex {
  readonly byNamespace: ReadonlyMap<string, LabelIndex<GatewayRule>>;
  readonly cluster: readonly GatewayRule[];
}

const noRules = indexByLabel<GatewayRule>([]);
const owned = createMemo<CompiledRule, GatewayRule>();

/** Rules by the namespace whose Pods they may select, so that a Pod looks at its own namespace's and the cluster's only. */
export function indexRules(ruleSets: readonly EgressRuleSet[]): RuleIndex {
  const byNamespace = new Map<string, GatewayRule[]>();
  const cluster: GatewayRule[] = [];
  for (const { spec } of ruleSets) {
    const gatewayUid = spec.gateway.uid;
    for (const compiled of spec.rules) {
      const rule = owned(compiled, [gatewayUid], () => ({ ...compiled, gatewayUid }));
      if (rule.route.kind === 'ClusterEgressRoute') cluster.push(rule);
      else pushTo(byNamespace, rule.route.namespace ?? '', rule);
    }
  }
  return { byNamespace: new Map([...byNamespace].map(([name, rules]) => [name, indexOf(rules)])), cluster };
}

// Most rule sets of a cluster are the same as before when one has changed.
const indexOf = memoByItems(indexByLabel<GatewayRule>);

function pushTo(map: Map<string, GatewayRule[]>, key: string, rule: GatewayRule): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [rule]);
  else list.push(rule);
}

type Namespace = { readonly metadata: ObjectMeta };

/** The rules that select the Pod, whatever the destination; none for hostNetwork Pods (api.md §4) or unknown namespaces of a ClusterEgressRoute. */
export function rulesOfPod(index: RuleIndex, pod: Pod, namespace: Namespace | undefined): readonly GatewayRule[] {
  if (pod.spec.hostNetwork === true) return [];
  const own = index.byNamespace.get(pod.metadata.namespace ?? '') ?? noRules;
  const { labels } = pod.metadata;
  const rules = [...own.candidates(labels), ...clusterRules(index, pod, namespace).candidates(labels)];
  return rules.filter((rule) => selectsPod(rule, pod));
}

const clusterRulesIn = createMemo<Namespace, LabelIndex<GatewayRule>>();

function clusterRules({ cluster }: RuleIndex, pod: Pod, namespace: Namespace | undefined): LabelIndex<GatewayRule> {
  const select = () => indexByLabel(cluster.filter((rule) => selectsNamespaceOf(pod, namespace, rule)));
  return namespace === undefined ? select() : clusterRulesIn(namespace, [cluster], select);
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
