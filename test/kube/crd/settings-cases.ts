import {
  atMost,
  type CrdCase,
  type CrdCases,
  cidr,
  ip,
  type Json,
  notEmpty,
  oneOf,
  repeat,
  required,
  selector,
  within,
} from './case.ts';

const network = 'spec.networks.0';
const table = 'table is needed with routes: Table, and refused without';
const gateways = 'gateway4 or gateway6 is needed with routes: Own, and refused without';
const needsInterface = 'interface is needed with vlan, and with routes: Table or Own';
const bgp = 'bgp is needed with announce: BGP, and refused without';
const contiguous = 'must be 13 neighbouring bits';
const condition = {
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: '',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
const bits = 'has address bits set behind its prefix length';

const cluster: CrdCases = {
  kind: 'EgressCluster',
  plural: 'egressclusters',
  base: { metadata: { name: 'default' }, spec: {} },
  cases: [
    { at: 'metadata.name', passes: 'default', fails: 'other', message: 'the only EgressCluster is named default' },
    ...cidr('spec.clusterRanges.extra', (text) => [text]),
    atMost('spec.clusterRanges.extra', 64, (i) => `10.0.${i}.0/24`),
    {
      at: 'spec.clusterRanges.extra',
      passes: ['10.0.0.0/8'],
      fails: ['10.0.0.0/8', '10.0.0.0/8'],
      message: 'Duplicate value',
    },
    ...within('spec.tunnel.port', 1, 65535),
    ...within('spec.tunnel.vni', 1, 16777215),
    ...ip('spec.tunnel.addresses', undefined, (text) => [text]),
    {
      at: 'spec.tunnel.addresses',
      passes: ['2001:db8::1', '2001:db8::2'],
      fails: ['192.0.2.1', '2001:db8::2'],
      message: 'tunnel addresses must be of one family',
    },
    { at: 'spec.tunnel.family', passes: 'IPv6', fails: 'Both', message: 'Unsupported value' },
    {
      at: 'spec.tunnel.addresses',
      passes: ['192.0.2.1', '192.0.2.2'],
      fails: ['192.0.2.1', '192.0.2.1'],
      message: 'tunnel addresses must differ',
    },
    atMost('spec.tunnel.addresses', 14, (i) => `192.0.2.${i}`),
    notEmpty('spec.tunnel.addresses', '192.0.2.1'),
    ...['198.18.0.0/16', '2001:db8::/48', '198.18.0.0'].map((fails) => ({
      at: 'spec.transit.ipv4',
      passes: '10.10.0.0/15',
      fails,
      message: 'must be an IPv4 CIDR with prefix length 15',
    })),
    { at: 'spec.transit.ipv4', passes: '198.18.0.0/15', fails: '198.19.0.0/15', message: bits },
    ...['fd00::/47', '198.18.0.0/15', 'fd00::'].map((fails) => ({
      at: 'spec.transit.ipv6',
      passes: 'fd00:1:2::/48',
      fails,
      message: 'must be an IPv6 CIDR with prefix length 48',
    })),
    { at: 'spec.transit.ipv6', passes: 'fd5a:11:9f::/48', fails: 'fd5a:11:9f:1::/48', message: bits },
    ...[8192, 8191 * 3, 16383, 8191 * 2 ** 19 - 1].map((fails) => ({
      at: 'spec.marks.mask',
      passes: 8191 * 2 ** 19,
      fails,
      message: contiguous,
    })),
    { at: 'spec.marks.mask', passes: 0x3ffe, fails: 0x0fff, message: 'should be greater than or equal to 8191' },
    ...oneOf('spec.podStart', 'Hold', 'Open'),
    {
      at: 'status.nodeIndexes',
      passes: [node(1)],
      fails: [node(0)],
      message: 'should be greater than or equal to 1',
      by: 'status',
    },
    {
      at: 'status.nodeIndexes',
      passes: [node(8175)],
      fails: [node(8176)],
      message: 'should be less than or equal to 8175',
      by: 'status',
    },
    {
      at: 'status.nodeIndexes',
      passes: [node(1)],
      fails: [node(1), node(2)],
      message: 'Duplicate value',
      by: 'status',
    },
    {
      at: 'status.groups',
      passes: [group(14)],
      fails: [group(15)],
      message: 'should be less than or equal to 14',
      by: 'status',
    },
    {
      at: 'status.groups',
      passes: [group(1), group(2)],
      fails: [group(1), group(1)],
      message: 'Duplicate value',
      by: 'status',
    },
    {
      at: 'status.identities',
      passes: [identity(513)],
      fails: [identity(512)],
      message: 'should be greater than or equal to 513',
      by: 'status',
    },
    {
      at: 'status.identities',
      passes: [identity(7679)],
      fails: [identity(7680)],
      message: 'should be less than or equal to 7679',
      by: 'status',
    },
    {
      at: 'status.identities',
      passes: [identity(513), identity(514)],
      fails: [identity(513), identity(513)],
      message: 'Duplicate value',
      by: 'status',
    },
    {
      at: 'status.conditions',
      passes: [condition],
      fails: [{ ...condition, reason: 'no spaces' }],
      message: 'should match',
      by: 'status',
    },
  ],
};

interface Routed {
  readonly announce?: string;
  readonly localASN?: Json;
  readonly peers?: Json;
  readonly peer?: Readonly<Record<string, Json>>;
}

/** A network with BGP, but for what is given. */
function routed({ announce = 'BGP', localASN = 65001, peers, peer }: Routed = {}): Json {
  return { name: 'a', announce, bgp: { localASN, peers: peers ?? [{ address: '192.0.2.1', asn: 65000, ...peer }] } };
}

const inNetwork = (wrap: (number: Json) => Json, { passes, fails }: CrdCase) => ({
  at: network,
  passes: wrap(passes ?? 0),
  fails: wrap(fails ?? 0),
});

const egressClass: CrdCases = {
  kind: 'EgressClass',
  plural: 'egressclasses',
  base: { metadata: { name: 'base' }, spec: { networks: [{ name: 'default' }] } },
  cases: [
    atMost('spec.networks', 16, (i) => ({ name: `network-${i}` })),
    notEmpty('spec.networks', { name: 'a' }),
    {
      at: 'spec.networks',
      passes: [{ name: 'a' }, { name: 'b' }],
      fails: [{ name: 'a' }, { name: 'a' }],
      message: 'Duplicate value',
    },
    { at: `${network}.name`, passes: 'partner-1', fails: 'Partner', message: 'should match' },
    { at: `${network}.interface`, passes: 'enp0s31f6.100', fails: 'a/b', message: 'should match' },
    { at: `${network}.interface`, passes: 'a'.repeat(15), fails: 'a'.repeat(16), message: 'may not be more than 15' },
    {
      at: network,
      passes: { name: 'a', interface: 'b', vlan: 1 },
      fails: { name: 'a', vlan: 1 },
      message: needsInterface,
    },
    {
      at: network,
      passes: { name: 'a', interface: 'b', vlan: 4094 },
      fails: { name: 'a', interface: 'b', vlan: 4095 },
      message: 'should be less than or equal to 4094',
    },
    {
      at: network,
      passes: { name: 'a', interface: 'b', vlan: 1 },
      fails: { name: 'a', interface: 'b', vlan: 0 },
      message: 'should be greater than or equal to 1',
    },
    ...oneOf(`${network}.routes`, 'Main'),
    {
      at: network,
      passes: { name: 'a', interface: 'b', routes: 'Table', table: 4294967295 },
      fails: { name: 'a', interface: 'b', routes: 'Table' },
      message: table,
    },
    {
      at: network,
      passes: { name: 'a', interface: 'b', routes: 'Table', table: 100 },
      fails: { name: 'a', routes: 'Table', table: 100 },
      message: needsInterface,
    },
    {
      at: network,
      passes: { name: 'a', interface: 'b', routes: 'Table', table: 1200 },
      fails: { name: 'a', interface: 'b', routes: 'Table', table: 1101 },
      message: "1000 to 1199 are Sallyport's",
    },
    { at: network, passes: { name: 'a' }, fails: { name: 'a', table: 100 }, message: table },
    {
      at: network,
      passes: { name: 'a', interface: 'b', routes: 'Own', gateway4: '192.0.2.1' },
      fails: { name: 'a', interface: 'b', routes: 'Own' },
      message: gateways,
    },
    {
      at: network,
      passes: { name: 'a', interface: 'b', routes: 'Own', gateway6: 'fe80::1' },
      fails: { name: 'a', interface: 'b', gateway6: 'fe80::1' },
      message: gateways,
    },
    ...ip(network, 4, (text) => ({ name: 'a', interface: 'b', routes: 'Own', gateway4: text })),
    ...ip(network, 6, (text) => ({ name: 'a', interface: 'b', routes: 'Own', gateway6: text })),
    ...selector(`${network}.nodeSelector`),
    { at: `${network}.announce`, passes: 'L2', fails: 'l2', message: 'Unsupported value' },
    { at: network, passes: routed(), fails: { name: 'a', announce: 'BGP' }, message: bgp },
    { at: network, passes: { name: 'a' }, fails: routed({ announce: 'L2' }), message: bgp },
    ...within('localASN', 1, 4294967295).map((each) => ({
      ...each,
      ...inNetwork((n) => routed({ localASN: n }), each),
    })),
    ...within('asn', 1, 4294967295).map((each) => ({
      ...each,
      ...inNetwork((n) => routed({ peer: { asn: n } }), each),
    })),
    ...['192.0.2.01', '192.0.2.1/32', 'fe80::1%eth0', 'router'].map((address) => ({
      at: network,
      passes: routed({ peer: { address: '2001:db8::1' } }),
      fails: routed({ peer: { address } }),
      message: 'must be an IP address such as',
    })),
    ...['fe80::1', '169.254.0.1', '127.0.0.1', '224.0.0.5', '::', 'ff02::1', '255.255.255.255'].map((address) => ({
      at: network,
      passes: routed(),
      fails: routed({ peer: { address } }),
      message: 'must be a unicast address',
    })),
    {
      at: network,
      passes: routed({ peers: repeat(8, (i) => ({ address: `192.0.2.${i + 1}`, asn: 1 })) }),
      fails: routed({ peers: repeat(9, (i) => ({ address: `192.0.2.${i + 1}`, asn: 1 })) }),
      message: 'must have at most 8 items',
    },
    { at: network, passes: routed(), fails: routed({ peers: [] }), message: 'should have at least 1 items' },
    {
      at: network,
      passes: routed(),
      fails: routed({ peers: repeat(2, () => ({ address: '192.0.2.1', asn: 1 })) }),
      message: 'Duplicate value',
    },
    ...selector('spec.gatewayNodes.nodeSelector'),
    ...within('spec.gatewayNodes.maxOwnersPerZone', 1, 14),
    ...oneOf('spec.failover.profile', 'Fast', 'Default', 'Wan'),
    ...within('spec.failover.candidates', 1, 8),
    ...selector('spec.isolation.namespaceSelector'),
    { at: 'spec.isolation', passes: { namespaceSelector: {} }, fails: {}, message: 'Required value' },
    atMost('spec.excludedNamespaces', 64, (i) => `namespace-${i}`),
    { at: 'spec.excludedNamespaces', passes: [], fails: ['a.b'], message: 'should match' },
  ],
};

const gatewayParameters: CrdCases = {
  kind: 'EgressGatewayParameters',
  plural: 'egressgatewayparameters',
  namespaced: true,
  base: { metadata: { name: 'base' }, spec: {} },
  cases: [
    { at: 'spec.network', passes: 'partner', fails: 'a b', message: 'should match' },
    ...oneOf('spec.failover.profile', 'Fast', 'Default', 'Wan'),
    { at: 'spec.failover.preempt', passes: true, fails: 'true', message: 'must be of type boolean' },
  ],
};

const node4 = 'spec.addresses';
const egressNode: CrdCases = {
  kind: 'EgressNode',
  plural: 'egressnodes',
  base: {
    metadata: { name: 'node-1' },
    spec: {
      index: 1,
      uid: '0d7e6b1c-0000-4000-8000-000000000001',
      addresses: ['192.0.2.11'],
      tunnelMAC: '02:ec:00:00:00:01',
    },
  },
  cases: [
    ...within('spec.index', 1, 8175),
    ...ip(node4, undefined, (text) => [text]),
    atMost(node4, 16, (i) => `192.0.2.${i}`),
    notEmpty(node4, '192.0.2.11'),
    ...cidr('spec.podCIDRs', (text) => [text]),
    atMost('spec.podCIDRs', 8, (i) => `10.244.${i}.0/24`),
    required('spec.uid', 'a'),
    { at: 'spec.tunnelMAC', passes: '02:ec:00:00:1f:ef', fails: '02:EC:00:00:00:01', message: 'should match' },
    { at: 'spec.tunnelMAC', passes: '02:ec:00:00:00:ff', fails: '02:ed:00:00:00:01', message: 'should match' },
    { at: 'spec.zone', passes: 'eu-west-1a', fails: 'a b', message: 'should match' },
  ],
};

/** What the platform team sets, and the numbers of nodes. */
export const settingsCases: readonly CrdCases[] = [cluster, egressClass, gatewayParameters, egressNode];

function node(index: number) {
  return { node: 'node-1', uid: 'a', index };
}

function group(number: number) {
  return { group: number, key: 'egress/default/Default/1' };
}

function identity(id: number) {
  return { id, holder: 'a/0' };
}
