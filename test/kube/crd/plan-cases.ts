import { atMost, type CrdCases, ip, type Json, notEmpty, oneOf, repeat, required, within } from './case.ts';

const uid = '0d7e6b1c-0000-4000-8000-000000000001';
const holder = { uid, namespace: 'shop', name: 'partners' };

const placement: CrdCases = {
  kind: 'EgressPlacement',
  plural: 'egressplacements',
  base: {
    metadata: { name: uid },
    spec: {
      gateway: { namespace: 'shop', name: 'partners' },
      egressClass: 'egress',
      group: 1,
      tunnelAddress: '198.19.255.1',
      identities: [{ id: 513, ipv4: '192.0.2.100' }],
      network: { name: 'default' },
      failover: { advertMilliseconds: 100, preempt: false, virtualRouterId: 1 },
      candidates: [candidate('node-1', 200), candidate('node-2', 199)],
    },
  },
  cases: [
    { at: 'spec.group', passes: 1, fails: 0, message: 'should be greater than or equal to 1' },
    { at: 'spec.group', passes: 1, fails: 15, message: 'should be less than or equal to 14' },
    { at: 'spec.group', passes: 1, fails: 2, message: 'every identity must belong to the group' },
    {
      at: 'spec.identities',
      passes: [{ id: 1023, ipv4: '192.0.2.1' }],
      fails: [{ id: 1024, ipv4: '192.0.2.1' }],
      message: 'every identity must belong to the group',
    },
    {
      at: 'spec.identities',
      passes: [{ id: 513, ipv6: '2001:db8::1' }],
      fails: [{ id: 513 }],
      message: 'an identity needs at least one of ipv4 and ipv6',
    },
    ...ip('spec.identities.0.ipv4', 4),
    ...ip('spec.identities.0.ipv6', 6),
    atMost('spec.identities', 16, (i) => ({ id: 513 + i, ipv4: '192.0.2.1' })),
    notEmpty('spec.identities', { id: 513, ipv4: '192.0.2.1' }),
    ...ip('spec.tunnelAddress'),
    ...within('spec.failover.virtualRouterId', 1, 255),
    { at: 'spec.failover.advertMilliseconds', passes: 10, fails: 0, message: 'should be greater than or equal to 10' },
    {
      at: 'spec.failover.advertMilliseconds',
      passes: 10000,
      fails: 10010,
      message: 'should be less than or equal to 10000',
    },
    { at: 'spec.failover.advertMilliseconds', passes: 20, fails: 25, message: 'should be a multiple of 10' },
    ...ip('spec.candidates.0.address'),
    { at: 'spec.candidates', passes: [], fails: [candidate('a', 255)], message: 'should be less than or equal to 254' },
    {
      at: 'spec.candidates',
      passes: [candidate('a', 1)],
      fails: [candidate('a', 0)],
      message: 'should be greater than or equal to 1',
    },
    {
      at: 'spec.candidates',
      passes: [candidate('a', 1), candidate('b', 2)],
      fails: [candidate('a', 1), candidate('a', 1)],
      message: 'a node is a candidate once',
    },
    atMost('spec.candidates', 8, (i) => candidate(`node-${i}`, 100 - i)),
    { at: 'status.owner', passes: 'node-1', fails: 'Node 1', message: 'should match', by: 'status' },
  ],
};

const compiled = 'spec.rules.0';
const clusterRoute = { kind: 'ClusterEgressRoute', name: 'a' };
const ruleSet: CrdCases = {
  kind: 'EgressRuleSet',
  plural: 'egressrulesets',
  base: { metadata: { name: `${uid}-0` }, spec: { gateway: holder, shard: 0, digest: 'd', rules: [rule({})] } },
  cases: [
    ...[`${uid}-1`, `${uid}-00`, uid, 'other-0', `${uid}-x-0`].map((name) => ({
      at: 'metadata.name',
      passes: `${uid}-0`,
      fails: name,
      message: 'must be named by',
    })),
    atMost('spec.rules', 500, () => rule({})),
    {
      at: `${compiled}.route`,
      passes: { kind: 'EgressRoute', namespace: 'a', name: 'a' },
      fails: { kind: 'EgressRoute', name: 'a' },
      message: 'an EgressRoute has a namespace',
    },
    {
      at: `${compiled}.route`,
      passes: { kind: 'ClusterEgressRoute', name: 'a' },
      fails: { kind: 'ClusterEgressRoute', namespace: 'a', name: 'a' },
      message: 'a ClusterEgressRoute has none',
    },
    ...[{ namespaceSelector: {} }, { excludedNamespaces: ['a'] }].map((fields) => ({
      at: compiled,
      passes: rule({ ...fields, route: { kind: 'ClusterEgressRoute', name: 'a' } }),
      fails: rule(fields),
      message: 'are for rules of a ClusterEgressRoute only',
    })),
    // An EgressClass excludes up to 64, and kube-system is always one more.
    {
      at: compiled,
      passes: rule({ route: clusterRoute, excludedNamespaces: repeat(65, (i) => `namespace-${i}`) }),
      fails: rule({ route: clusterRoute, excludedNamespaces: repeat(66, (i) => `namespace-${i}`) }),
      message: 'must have at most 65 items',
    },
    ...within(`${compiled}.rule`, 0, 15),
    ...within(`${compiled}.match`, 0, 7),
    atMost(`${compiled}.destinations`, 64, () => ({ cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] })),
    atMost(`${compiled}.ports`, 16, () => ({ port: 1 })),
    { at: `${compiled}.created`, passes: '2026-01-01T00:00:00Z', fails: 'now', message: 'must be of type date-time' },
    required('spec.digest', 'd'),
  ],
};

const report: CrdCases = {
  kind: 'EgressNodeReport',
  plural: 'egressnodereports',
  base: { metadata: { name: 'node-1' } },
  cases: [
    { at: 'status.gateways', passes: [reported({})], fails: [reported({}), reported({})], message: 'Duplicate value' },
    {
      at: 'status.gateways',
      passes: [reported({ ruleSets: '', placement: 0 })],
      fails: [reported({ placement: -1 })],
      message: 'should be greater than or equal to 0',
    },
    ...oneOf('status.gateways', 'Applied', 'Failed').map((row) => ({
      ...row,
      passes: [reported({ state: row.passes ?? '' })],
      fails: [reported({ state: row.fails ?? '' })],
    })),
    {
      at: 'status.gateways',
      passes: [reported({ message: 'm'.repeat(1024) })],
      fails: [reported({ message: 'm'.repeat(1025) })],
      message: 'may not be more than 1024',
    },
    ...['Owner', 'Standby', 'Fault'].map((role) => ({
      at: 'status.groups',
      passes: [{ group: 1, role }],
      fails: [{ group: 1, role: 'Master' }],
      message: 'Unsupported value',
    })),
    {
      at: 'status.groups',
      passes: [{ group: 14, role: 'Owner' }],
      fails: [{ group: 15, role: 'Owner' }],
      message: 'should be less than or equal to 14',
    },
    { at: 'status.version', passes: 'v'.repeat(64), fails: 'v'.repeat(65), message: 'may not be more than 64' },
  ],
};

/** What the controller decides and the agents report. */
export const planCases: readonly CrdCases[] = [placement, ruleSet, report];

function candidate(node: string, priority: number): Json {
  return { node, address: '192.0.2.11', priority };
}

function rule(fields: { readonly [key: string]: Json }): Json {
  return {
    route: { kind: 'EgressRoute', namespace: 'shop', name: 'payments' },
    created: '2026-01-01T00:00:00Z',
    rule: 0,
    match: 0,
    ...fields,
  };
}

function reported(fields: { readonly [key: string]: Json }): Json {
  return { ...holder, ruleSets: 'd', placement: 1, state: 'Applied', ...fields };
}
