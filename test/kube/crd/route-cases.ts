import {
  atMost,
  type CrdCase,
  type CrdCases,
  ip,
  type Json,
  notEmpty,
  oneOf,
  repeat,
  required,
  selector,
  within,
} from './case.ts';
import { destinationCases } from './destination-cases.ts';

const match = 'spec.rules.0.matches.0';
const parents = 'spec.parentRefs';
const several =
  'sectionName or port must be specified when parentRefs includes 2 or more references to the same parent';
const unique = 'sectionName or port must be unique when parentRefs includes 2 or more references to the same parent';
const atLeastOneField = 'a match needs at least one of';

const parentCases: readonly CrdCase[] = [
  {
    at: parents,
    passes: [parent({ sectionName: 'a' }), parent({ sectionName: 'b' })],
    fails: [parent({ sectionName: 'a' }), parent({})],
    message: several,
  },
  {
    at: parents,
    passes: [parent({ port: 1 }), parent({ port: 2 })],
    fails: [parent({ port: 1 }), parent({})],
    message: several,
  },
  { at: parents, passes: [parent({}), parent({ name: 'other' })], fails: [parent({}), parent({})], message: unique },
  {
    at: parents,
    passes: [parent({}), parent({ namespace: 'b' })],
    fails: [parent({ namespace: 'b' }), parent({ namespace: 'b' })],
    message: unique,
  },
  {
    at: parents,
    passes: [parent({ sectionName: 'a', port: 1 }), parent({ sectionName: 'a', port: 2 })],
    fails: repeat(2, () => parent({ sectionName: 'a', port: 1 })),
    message: unique,
  },
  {
    at: parents,
    passes: [parent({}), parent({ kind: 'Other' })],
    fails: [parent({}), parent({ kind: 'Gateway' })],
    message: unique,
  },
  {
    at: parents,
    passes: [parent({}), parent({ group: '' })],
    fails: [parent({}), parent({ group: 'gateway.networking.k8s.io' })],
    message: unique,
  },
  { at: parents, passes: [parent({})], fails: [parent({ name: '' })], message: 'should be at least 1 chars long' },
  { at: parents, passes: [parent({})], fails: [parent({ namespace: 'a.b' })], message: 'should match' },
  {
    at: parents,
    passes: [parent({ sectionName: 'a.b' })],
    fails: [parent({ sectionName: 'A' })],
    message: 'should match',
  },
  ...within(`${parents}.0.port`, 1, 65535),
  atMost(parents, 32, (i) => parent({ name: `gateway-${i}` })),
];

const matchCases: readonly CrdCase[] = [
  ...['podSelector', 'serviceAccounts', 'destinations', 'ports'].map((field) => ({
    at: match,
    passes: {
      [field]:
        field === 'podSelector'
          ? {}
          : field === 'serviceAccounts'
            ? ['a']
            : field === 'ports'
              ? [{}]
              : [{ cidr: '0.0.0.0/0' }],
    },
    fails: {},
    message: atLeastOneField,
  })),
  ...selector(`${match}.podSelector`),
  atMost(`${match}.serviceAccounts`, 16, (i) => `account-${i}`),
  notEmpty(`${match}.serviceAccounts`, 'a'),
  { at: `${match}.serviceAccounts`, passes: ['a', 'b'], fails: ['a', 'a'], message: 'Duplicate value' },
  atMost(`${match}.destinations`, 64, (i) => ({ cidr: `10.0.${i}.0/24` })),
  notEmpty(`${match}.destinations`, { cidr: '0.0.0.0/0' }),
  atMost(`${match}.ports`, 16, (i) => ({ port: i + 1 })),
  notEmpty(`${match}.ports`, {}),
  { at: `${match}.ports`, passes: [{ port: 1, endPort: 2 }], fails: [{ endPort: 2 }], message: 'endPort needs port' },
  {
    at: `${match}.ports`,
    passes: [{ port: 2, endPort: 2 }],
    fails: [{ port: 2, endPort: 1 }],
    message: 'endPort must not be smaller than port',
  },
  ...within(`${match}.ports.0.port`, 1, 65535),
  {
    at: `${match}.ports`,
    passes: [{ port: 65535, endPort: 65535 }],
    fails: [{ port: 1, endPort: 65536 }],
    message: 'should be less than or equal to 65535',
  },
  ...oneOf(`${match}.ports.0.protocol`, 'TCP', 'UDP', 'SCTP'),
];

const ruleCases: readonly CrdCase[] = [
  {
    at: 'spec.rules',
    passes: [{ name: 'a' }, { name: 'b' }, {}, {}],
    fails: [{ name: 'a' }, {}, { name: 'a' }],
    message: 'rule names must be unique within the route',
  },
  { at: 'spec.rules.0.name', passes: 'a.b-c', fails: 'A', message: 'should match' },
  atMost('spec.rules', 16, (i) => ({ name: `rule-${i}` })),
  notEmpty('spec.rules', {}),
  required('spec.rules', [{}]),
  required('spec', { rules: [{}] }),
  atMost('spec.rules.0.matches', 8, () => ({ ports: [{}] })),
];

const statusCases: readonly CrdCase[] = [
  atMost('status.parents', 32, () => parentStatus({})),
  {
    at: 'status.parents',
    passes: [],
    fails: [parentStatus({ conditions: [] })],
    message: 'should have at least 1 items',
  },
  {
    at: 'status.parents',
    passes: [parentStatus({})],
    fails: [parentStatus({ controllerName: 'no-path' })],
    message: 'should match',
  },
  atMost('status.sourceAddresses', 128, () => sourceAddress('192.0.2.1')),
  ...ip('status.sourceAddresses', undefined, (text) => [sourceAddress(text)]),
  { at: 'status', passes: { parents: [] }, fails: { conditions: [condition('Accepted')] }, message: 'Required value' },
  atMost('status.conditions', 8, (i) => condition(`Type${i}`)),
  {
    at: 'status.conditions',
    passes: [condition('A'), condition('B')],
    fails: [condition('A'), condition('A')],
    message: 'Duplicate value',
  },
].map((row) => ({ ...row, by: 'status' }));

const common = [
  ...parentCases,
  ...destinationCases(`${match}.destinations.0`),
  ...matchCases,
  ...ruleCases,
  ...statusCases,
];
const namespaceMissing = { group: 'example.com', kind: 'Other', name: 'gateway' };

/** EgressRoute and ClusterEgressRoute: the same rows, and what only the latter has. */
export const routeCases: readonly CrdCases[] = [
  { kind: 'EgressRoute', plural: 'egressroutes', namespaced: true, base: base(), cases: common },
  {
    kind: 'ClusterEgressRoute',
    plural: 'clusteregressroutes',
    base: base(),
    cases: [
      ...common,
      ...selector(`${match}.namespaceSelector`),
      { at: match, passes: { namespaceSelector: {} }, fails: {}, message: atLeastOneField },
      {
        at: parents,
        passes: [parent({})],
        fails: [{ name: 'gateway' }],
        message: 'namespace is required in the parentRefs',
      },
      {
        at: parents,
        passes: [{ ...namespaceMissing, namespace: 'a' }],
        fails: [namespaceMissing],
        message: 'namespace is required in the parentRefs',
      },
    ],
  },
];

function parent(fields: { readonly [key: string]: Json }): Json {
  return { name: 'gateway', namespace: 'a', ...fields };
}

function condition(type: string): Json {
  return { type, status: 'True', reason: 'Because', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' };
}

function parentStatus(fields: { readonly [key: string]: Json }): Json {
  return {
    parentRef: parent({}),
    controllerName: 'sallyport.dev/egress-controller',
    conditions: [condition('Accepted')],
    ...fields,
  };
}

function sourceAddress(value: string): Json {
  return { parentRef: parent({}), controllerName: 'sallyport.dev/egress-controller', type: 'IPAddress', value };
}

function base(): CrdCases['base'] {
  const matches = [{ podSelector: {}, destinations: [{ cidr: '203.0.113.0/24' }], ports: [{ port: 443 }] }];
  return {
    metadata: { name: 'base' },
    spec: { parentRefs: [parent({})], rules: [{ matches }] },
    status: { parents: [] },
  };
}
