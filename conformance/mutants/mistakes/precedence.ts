/** Mistakes about which of several routes wins (api.md §4). */
export const precedenceMistakes = {
  'kinds-equal': 'Knows no precedence of EgressRoute over ClusterEgressRoute.',
  'cluster-route-first': 'Puts the platform before the tenant: ClusterEgressRoute first.',
  'prefix-length-ignored': 'Does not prefer the longest prefix.',
  'ports-do-not-count': 'Does not prefer a match with ports.',
  'protocol-alone-does-not-count': 'Does not count a protocol without port as ports.',
  'namespace-selector-does-not-count': 'Lets the older of a default for the cluster and one for a tenant win.',
  'pod-selector-does-not-count': 'Does not prefer a match with podSelector.',
  'service-accounts-do-not-count': 'Counts podSelector, but not serviceAccounts.',
  'ports-before-prefix': 'Prefers ports over a longer prefix.',
  'pod-selector-before-ports': 'Prefers a podSelector over ports.',
  'age-before-prefix': 'Lets the oldest route win, however broad it is.',
  'age-ignored': 'Goes by name at once, and not by age first.',
  'younger-wins': 'Lets the youngest route win.',
  'last-name-wins': 'Sorts names the wrong way round.',
} as const;
