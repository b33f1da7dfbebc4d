import type { EgressClass } from '../api/kinds.ts';
import type { ObjectMeta } from '../api/meta.ts';
import { excludedNamespaces } from './class-settings.ts';
import { matchesSelector } from './label-selector.ts';
import { createMemo } from './memo.ts';

type Namespace = { readonly metadata: Pick<ObjectMeta, 'name' | 'labels'> };

/**
 * Whether the Pods of a namespace reach the outside only through an accepted route (api.md §6): some EgressClass selects it that
 * does not exclude it. Every class counts, used and Accepted or not: who wrote it relies on it.
 */
export function isIsolated(classes: readonly EgressClass[], namespace: Namespace): boolean {
  return known(namespace, [classes], () => classes.some(({ spec }) => selects(spec, namespace)));
}

const known = createMemo<Namespace, boolean>();

function selects(spec: EgressClass['spec'] | undefined, { metadata: { name, labels } }: Namespace): boolean {
  const isolation = spec?.isolation;
  if (isolation === undefined || excludedNamespaces(spec).includes(name)) return false;
  return matchesSelector(isolation.namespaceSelector, labels);
}
