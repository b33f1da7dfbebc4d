/** Rules that a schema lacks (api.md §4: CEL on the CRD). */
export const schemaMistakes = {
  'schema-parent-defaults-missing': 'Does not default group and kind of a parentRef.',
  'schema-no-rules': 'Admits a route without rules.',
  'schema-too-many-rules': 'Admits more than 16 rules.',
  'schema-too-many-matches': 'Admits more than 8 matches.',
  'schema-too-many-destinations': 'Admits no or more than 64 destinations.',
  'schema-too-many-excepts': 'Admits no or more than 8 excepts.',
  'schema-too-many-ports': 'Admits no or more than 16 ports.',
  'schema-service-accounts-empty': 'Admits an empty list of serviceAccounts.',
  'schema-rule-names-not-unique': 'Admits two rules of one name.',
  'schema-empty-match': 'Admits a match without any field.',
  'schema-cidr-not-checked': 'Admits a CIDR that is none.',
  'schema-cidr-host-bits': 'Admits a CIDR with address bits behind its prefix.',
  'schema-except-outside-cidr': 'Admits an except outside its cidr.',
  'schema-except-without-cidr': 'Admits an except beside a hostname.',
  'schema-cidr-and-hostname': 'Admits a destination with both cidr and hostname, or neither.',
  'schema-hostname-not-checked': 'Admits a hostname that is none.',
  'schema-end-port-without-port': 'Admits endPort without port.',
  'schema-end-port-smaller': 'Admits endPort before port.',
  'schema-port-out-of-range': 'Admits a port above 65535.',
  'schema-protocol-not-checked': 'Admits a protocol that nobody knows.',
  'schema-selector-operators': 'Admits a selector whose operator does not fit its values.',
  'schema-too-many-parents': 'Admits more than 32 parentRefs.',
  'schema-parents-need-sections': 'Admits a parent twice, once with and once without sectionName.',
  'schema-parents-not-unique': 'Admits the same parentRef twice.',
  'schema-cluster-parent-without-namespace': 'Admits a ClusterEgressRoute whose parentRef has no namespace.',
} as const;

/** Name of such a mistake. */
export type SchemaMistake = keyof typeof schemaMistakes;
