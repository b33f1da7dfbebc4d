import {
  atMost,
  type CrdCase,
  type CrdCases,
  cidr,
  ip,
  type Json,
  notEmpty,
  oneOf,
  required,
  selector,
  within,
} from './case.ts';

const uid = '0d7e6b1c-0000-4000-8000-000000000001';
const holder = { uid, namespace: 'shop', name: 'partners' };
const rangeForm = 'a range must be two addresses of one family joined by -';
const rangeOrder = 'the first address of a range must not be behind the last';
const isNoRange = 'must be an address, a CIDR, or a range';

const ranges = (at: string): readonly CrdCase[] => [
  ...['', '192.0.2.256', '192.0.2.0/33', 'example.com', '192.0.2.1,192.0.2.2']
    .slice(1)
    .map((text) => ({ at, passes: ['192.0.2.1'], fails: [text], message: isNoRange })),
  ...cidr(at, (text) => [text]).filter(({ message }) => message.startsWith('has address bits')),
  { at, passes: ['192.0.2.1-192.0.2.9'], fails: ['192.0.2.1-'], message: rangeForm },
  { at, passes: ['2001:db8::1-2001:db8::9'], fails: ['192.0.2.1-2001:db8::9'], message: rangeForm },
  { at, passes: ['192.0.2.1-192.0.2.1'], fails: ['192.0.2.1-192.0.2.2-192.0.2.3'], message: rangeForm },
  { at, passes: ['192.0.2.1-192.0.2.9'], fails: ['192.0.2.1 - 192.0.2.9'], message: rangeForm },
  { at, passes: ['9.255.255.255-10.0.0.0'], fails: ['10.0.0.0-9.255.255.255'], message: rangeOrder },
  { at, passes: ['192.0.2.9-192.0.2.10'], fails: ['192.0.2.10-192.0.2.9'], message: rangeOrder },
  { at, passes: ['192.0.2.1'], fails: ['192.0.2.1', '192.0.2.1'], message: 'Duplicate value' },
  atMost(at, 64, (i) => `192.0.2.${i}`),
];

const pool: CrdCases = {
  kind: 'EgressAddressPool',
  plural: 'egressaddresspools',
  base: { metadata: { name: 'base' }, spec: { addresses: ['192.0.2.100-192.0.2.149', '2001:db8::100/120'] } },
  cases: [
    ...ranges('spec.addresses'),
    ...ranges('spec.avoid'),
    notEmpty('spec.addresses', '192.0.2.1'),
    required('spec.addresses', ['192.0.2.1']),
    required('spec', { addresses: ['192.0.2.1'] }),
    { at: 'spec.network', passes: 'partner', fails: '', message: 'should be at least 1 chars long' },
    ...selector('spec.namespaceSelector'),
    ...['total', 'used', 'free'].flatMap((field) =>
      within(`status.${field}`, 0, Number.MAX_SAFE_INTEGER)
        .slice(0, 1)
        .map((row): CrdCase => ({ ...row, by: 'status' })),
    ),
    {
      at: 'status.total',
      passes: 2 ** 53 - 1,
      fails: 2 ** 53,
      message: 'should be less than or equal to',
      by: 'status',
    },
  ],
};

const claim: CrdCases = {
  kind: 'EgressAddressClaim',
  plural: 'egressaddressclaims',
  base: claimOf('192.0.2.10', '192.0.2.10'),
  cases: [
    ...ip('spec.address').map((row) => ({ ...row, passes: '192.0.2.10' })),
    {
      at: '',
      passes: claimOf('192.0.2.10', '192.0.2.10'),
      fails: claimOf('192.0.2.11', '192.0.2.10'),
      message: 'must be named as the address',
    },
    ...[
      '2001-db8--10',
      '2001-0db8-0000-0000-0000-0000-0000-0011',
      '2001:db8::10',
      '2001-0DB8-0000-0000-0000-0000-0000-0010',
    ]
      .slice(0, 2)
      .map((name) => ({
        at: '',
        passes: claimOf('2001-0db8-0000-0000-0000-0000-0000-0010', '2001:db8::10'),
        fails: claimOf(name, '2001:db8::10'),
        message: 'must be named by its eight groups',
      })),
    {
      at: '',
      passes: claimOf('2001-0db8-0000-0000-0000-0000-0000-0010', '2001:db8::10'),
      fails: claimOf('2001-0db8-0000-0000-0000-0000-0000-0010', '2001:DB8::10'),
      message: 'must be in canonical form',
    },
    { at: 'spec.address', passes: '192.0.2.10', fails: '192.0.2.11', message: 'address is immutable', by: 'update' },
    { at: 'spec.holder', passes: { ...holder, uid: 'b' }, fails: null, message: 'Required value', by: 'update' },
    { at: 'spec.since', passes: '2026-01-01T00:00:00.000Z', fails: 'yesterday', message: 'must be of type date-time' },
    {
      at: 'spec.quarantinedUntil',
      passes: '2026-01-01T00:10:00Z',
      fails: '10 min',
      message: 'must be of type date-time',
    },
  ],
};

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
    ...ip('spec.tunnelAddress', 4),
    ...ip('spec.tunnelAddress6', 6),
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
    {
      at: 'spec.candidates',
      passes: [candidate('a', 254), candidate('b', 1)],
      fails: [candidate('a', 1), candidate('b', 254)],
      message: 'candidates must be in order of falling priority',
    },
    { at: 'spec.candidates', passes: [], fails: [candidate('a', 255)], message: 'should be less than or equal to 254' },
    {
      at: 'spec.candidates',
      passes: [candidate('a', 1)],
      fails: [candidate('a', 0)],
      message: 'should be greater than or equal to 1',
    },
    {
      at: 'spec.candidates',
      passes: [candidate('a', 1), candidate('b', 1)],
      fails: [candidate('a', 1), candidate('a', 1)],
      message: 'Duplicate value',
    },
    atMost('spec.candidates', 8, (i) => candidate(`node-${i}`, 100 - i)),
    { at: 'status.owner', passes: 'node-1', fails: 'Node 1', message: 'should match', by: 'status' },
  ],
};

const compiled = 'spec.rules.0';
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

/** Pools, and everything that the controller and the agents write. */
export const planCases: readonly CrdCases[] = [pool, claim, placement, ruleSet, report];

function claimOf(name: string, address: string) {
  return { metadata: { name }, spec: { address, holder, since: '2026-01-01T00:00:00Z' } };
}

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
