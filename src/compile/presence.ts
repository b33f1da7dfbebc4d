import type { CompiledRule, EgressNodeReport } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import { createMemo, memoByItems } from './memo.ts';
import { selectsNamespace } from './select-rules.ts';

type Namespace = { readonly metadata: ObjectMeta };

/** The namespaces, of those given, whose Pods some rule may select, by name. */
export function namespacesOf(rules: readonly CompiledRule[], namespaces: readonly Namespace[]): ReadonlySet<string> {
  return found(rules, [namespaces], () => {
    const clusterRules = rules.filter(({ route }) => route.kind === 'ClusterEgressRoute');
    const named = new Set(rules.flatMap(({ route }) => (route.kind === 'EgressRoute' ? [route.namespace ?? ''] : [])));
    const selected = namespaces.filter(
      ({ metadata }) => named.has(metadata.name) || clusterRules.some((rule) => selectsNamespace(rule, metadata)),
    );
    return new Set(selected.map(({ metadata }) => metadata.name));
  });
}

const found = createMemo<readonly CompiledRule[], ReadonlySet<string>>();

/** Names of the nodes that report Pods of a namespace, by namespace. */
export const nodesByNamespace = memoByItems(
  (reports: readonly EgressNodeReport[]): ReadonlyMap<string, readonly string[]> => {
    const nodes = new Map<string, string[]>();
    for (const { metadata, status } of reports) {
      for (const namespace of status?.namespaces ?? []) {
        const list = nodes.get(namespace);
        if (list === undefined) nodes.set(namespace, [metadata.name]);
        else list.push(metadata.name);
      }
    }
    return nodes;
  },
);
