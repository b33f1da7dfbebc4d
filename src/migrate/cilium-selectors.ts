import type { LabelSelectorRequirement } from '../api/meta.ts';
import type { Fields } from './fields.ts';
import type { PodMatch } from './model.ts';
import type { NoteBook } from './read-each.ts';
import { buildSelector, chunk, isEmpty, namespaceNameLabel, parseRequirements } from './selectors.ts';

/** Labels that Cilium adds to a Pod's own (pkg/k8s/apis/cilium.io, 1.18). */
const namespaceLabel = 'io.kubernetes.pod.namespace';
const namespaceMetaPrefix = 'io.cilium.k8s.namespace.labels.';
const accountLabel = 'io.cilium.k8s.policy.serviceaccount';
const clusterLabel = 'io.cilium.k8s.policy.cluster';

/** Labels of Pods that are no part of an identity by default, and so select nothing (Documentation, identity-relevant-labels, 1.18). */
const withoutIdentity = new RegExp(
  `^(${[
    'io\\.kubernetes',
    'kubernetes\\.io',
    'statefulset\\.kubernetes\\.io/pod-name',
    'apps\\.kubernetes\\.io/pod-index',
    'batch\\.kubernetes\\.io/(job-completion-index|controller-uid)',
    'beta\\.kubernetes\\.io',
    'k8s\\.io',
    'pod-template-(generation|hash)',
    'controller-(revision-hash|uid)',
    'annotation',
    'etcd_node',
  ].join('|')})`,
);

const mostAccounts = 16;
const accountName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The Pods of one entry of spec.selectors; empty when it can select none, or when our API cannot say it. */
export function readCiliumSelector(fields: Fields, notes: NoteBook): readonly PodMatch[] {
  notes.unknown(fields, ['podSelector', 'namespaceSelector', 'nodeSelector']);
  if (fields.map('nodeSelector') !== undefined) {
    notes.add(
      'differs',
      `${fields.at('nodeSelector')}: a route cannot choose Pods by their node, so Pods of all nodes are selected`,
    );
  }
  const pods = fields.map('podSelector');
  const namespaces = fields.map('namespaceSelector');
  const sorted = sortRequirements(pods === undefined ? [] : parseRequirements(pods), fields, notes);
  const ofNamespace = namespaces === undefined ? [] : parseRequirements(namespaces);
  if (sorted === undefined) return [];
  return buildMatches({ ...sorted, namespaces: [...ofNamespace, ...sorted.namespaces] }, fields, notes);
}

interface Sorted {
  readonly pods: readonly LabelSelectorRequirement[];
  readonly namespaces: readonly LabelSelectorRequirement[];
  /** ServiceAccounts, ANDed lists of names. */
  readonly accounts: readonly (readonly string[])[];
}

// Undefined: no Pod can satisfy them.
function sortRequirements(
  requirements: readonly LabelSelectorRequirement[],
  fields: Fields,
  notes: NoteBook,
): Sorted | undefined {
  const pods: LabelSelectorRequirement[] = [];
  const namespaces: LabelSelectorRequirement[] = [];
  const accounts: (readonly string[])[] = [];
  const at = fields.at('podSelector');
  for (const given of requirements) {
    const requirement = { ...given, key: withoutSource(given.key, at, notes) };
    const { key, operator, values = [] } = requirement;
    const isAdded = key === namespaceLabel || key === accountLabel || key === clusterLabel;
    // Every Pod has those, so that only their values tell Pods apart.
    if (isAdded && operator === 'Exists') continue;
    if (isAdded && operator === 'DoesNotExist') {
      notes.add('ignored', `${at}: no Pod is without ${key}, so the selector selects nothing and was left out`);
      return undefined;
    }
    if (key === namespaceLabel) namespaces.push({ ...requirement, key: namespaceNameLabel });
    else if (key.startsWith(namespaceMetaPrefix))
      namespaces.push({ ...requirement, key: key.slice(namespaceMetaPrefix.length) });
    else if (key === accountLabel && operator === 'In') accounts.push(values);
    else if (key === accountLabel)
      notes.add(
        'differs',
        `${at}: a route cannot leave out ServiceAccounts, so Pods of ${values.join(', ')} are selected, too`,
      );
    else if (key === clusterLabel) notes.add('differs', `${at}: ${key} has no counterpart and does not restrict`);
    else {
      if (withoutIdentity.test(key))
        notes.add(
          'differs',
          `${at}: by default Cilium does not see the label ${key}, the route does: the Pods may be others`,
        );
      pods.push(requirement);
    }
  }
  return { pods, namespaces, accounts };
}

// Cilium's network policies write sources before keys; its egress gateway compares the key as it stands.
function withoutSource(key: string, at: string, notes: NoteBook): string {
  const plain = key.replace(/^(k8s|any):/, '');
  if (plain !== key)
    notes.add(
      'differs',
      `${at}: ${key} is no label key, so that Cilium's egress gateway finds no Pod by it; it was read as ${plain}`,
    );
  return plain;
}

function buildMatches({ pods, namespaces, accounts }: Sorted, fields: Fields, notes: NoteBook): readonly PodMatch[] {
  const podSelector = buildSelector(pods);
  const namespaceSelector = buildSelector(namespaces);
  if ('problem' in podSelector) return fields.refuse('podSelector', podSelector.problem);
  if ('problem' in namespaceSelector) return fields.refuse('namespaceSelector', namespaceSelector.problem);
  const match = { namespaceSelector, ...(isEmpty(podSelector) ? {} : { podSelector }) };
  const [first, ...more] = accounts;
  if (first === undefined) return [match];
  const bad = accounts.flat().find((name) => !accountName.test(name) || name.length > 253);
  if (bad !== undefined)
    fields.refuse('podSelector', `has ${JSON.stringify(bad)} for ${accountLabel}, no name of a ServiceAccount`);
  const names = [...new Set(first)].filter((name) => more.every((list) => list.includes(name)));
  if (names.length === 0) {
    notes.add(
      'ignored',
      `${fields.at('podSelector')}: no Pod has two ServiceAccounts, so the selector selects nothing and was left out`,
    );
    return [];
  }
  return chunk(names, mostAccounts).map((serviceAccounts) => ({ ...match, serviceAccounts }));
}
