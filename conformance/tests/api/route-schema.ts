import { check } from '../../lib/failure.ts';
import type { Feature } from '../../lib/features.ts';
import { clusterRouteManifest, type Match, type ParentRef, type Rule, routeManifest } from '../../lib/manifests.ts';
import { createNamespace } from '../../lib/namespaces.ts';
import type { ConformanceTest, Scope } from '../../lib/test.ts';
import { ApiRefusal, type KubeObject } from '../../lib/world.ts';

/** What the API server has to refuse, and beside it what it has to take. */
interface SchemaCase {
  readonly name: string;
  readonly description: string;
  readonly features?: readonly Feature[];
  readonly refused: readonly Spec[];
  readonly taken: readonly Spec[];
}

interface Spec {
  readonly parents?: readonly ParentRef[];
  readonly rules?: readonly Rule[];
}

const matching = (...matches: readonly Match[]): Spec => ({ rules: [{ matches }] });
const toCidr = (cidr: string, except?: readonly string[]): Spec =>
  matching({ destinations: [except === undefined ? { cidr } : { cidr, except }] });
const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);

const cases: readonly SchemaCase[] = [
  {
    name: 'EgressRouteSchemaCidr',
    description: 'The API server refuses a cidr that is none, and one with address bits behind its prefix.',
    refused: ['203.0.113.7/24', '203.0.113.0', '203.0.113.0/33', '2001:db8::1/64', 'example.com'].map((cidr) =>
      toCidr(cidr),
    ),
    taken: ['203.0.113.0/24', '203.0.113.7/32', '0.0.0.0/0', '2001:db8::/64', '::/0'].map((cidr) => toCidr(cidr)),
  },
  {
    name: 'EgressRouteSchemaExcept',
    description:
      'The API server refuses an except that lies outside its cidr, is larger, or of the other family, and more than eight.',
    refused: [
      toCidr('203.0.113.0/24', ['198.51.100.0/25']),
      toCidr('203.0.113.0/25', ['203.0.113.0/24']),
      toCidr('203.0.113.0/24', ['2001:db8::/64']),
      toCidr('203.0.113.0/24', ['203.0.113.1/25']),
      toCidr(
        '203.0.113.0/24',
        numbered(9).map((index) => `203.0.113.${index}/32`),
      ),
    ],
    taken: [
      toCidr('203.0.113.0/24', ['203.0.113.128/25', '203.0.113.7/32']),
      toCidr(
        '203.0.113.0/24',
        numbered(8).map((index) => `203.0.113.${index}/32`),
      ),
    ],
  },
  {
    name: 'EgressRouteSchemaDestination',
    description:
      'The API server refuses a destination with both or neither of cidr and hostname, except without cidr, and hostnames that are none.',
    refused: [
      matching({ destinations: [{ cidr: '203.0.113.0/24', hostname: 'www.example.com' }] }),
      matching({ destinations: [{}] }),
      matching({ destinations: [] }),
      matching({ destinations: numbered(65).map((index) => ({ cidr: `203.0.113.${index}/32` })) }),
      matching({ destinations: [{ hostname: 'www.example.com', except: ['203.0.113.0/24'] }] }),
      ...['203.0.113.7', 'www.*.example.com', 'Www.example.com', 'www_1.example.com'].map((hostname) =>
        matching({ destinations: [{ hostname }] }),
      ),
    ],
    taken: ['www.example.com', '*.example.com'].map((hostname) => matching({ destinations: [{ hostname }] })),
  },
  {
    name: 'EgressRouteSchemaMatch',
    description:
      'The API server refuses a match without any field, more than eight matches, an empty list, and selectors whose operator does not fit.',
    refused: [
      matching({}),
      matching(...numbered(9).map(() => ({ podSelector: {} }))),
      matching({ serviceAccounts: [] }),
      matching({ podSelector: { matchExpressions: [{ key: 'app', operator: 'In', values: [] }] } }),
      matching({ podSelector: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['shop'] }] } }),
    ],
    taken: [matching({ podSelector: {} }), matching(...numbered(8).map(() => ({ podSelector: {} }))), { rules: [{}] }],
  },
  {
    name: 'EgressRouteSchemaPorts',
    description:
      'The API server refuses endPort without port or below it, ports outside 1 to 65535, unknown protocols, and an empty or too long list.',
    refused: [{ endPort: 90 }, { port: 90, endPort: 80 }, { port: 0 }, { port: 65_536 }, { protocol: 'ICMP', port: 80 }]
      .map((port) => matching({ ports: [port] }))
      .concat(matching({ ports: [] }), matching({ ports: numbered(17).map((index) => ({ port: 1 + index })) })),
    taken: [{ port: 80, endPort: 80 }, { protocol: 'UDP' }, { protocol: 'SCTP', port: 1, endPort: 65_535 }].map(
      (port) => matching({ ports: [port] }),
    ),
  },
  {
    name: 'EgressRouteSchemaRules',
    description: 'The API server refuses a route without rules, with more than 16, and with two rules of one name.',
    refused: [
      { rules: [] },
      { rules: numbered(17).map(() => ({})) },
      { rules: [{ name: 'same' }, { name: 'other' }, { name: 'same' }] },
    ],
    taken: [{ rules: numbered(16).map((index) => ({ name: `rule-${index}` })) }, { rules: [{}, {}, { name: 'one' }] }],
  },
  {
    name: 'EgressRouteSchemaParents',
    description:
      'The API server refuses two parentRefs to one Gateway that do not name different listeners (the rules of every Gateway API route).',
    refused: [
      { parents: [{ name: 'a' }, { name: 'a' }] },
      { parents: [{ name: 'a' }, { name: 'a', sectionName: 'one' }] },
      {
        parents: [
          { name: 'a', sectionName: 'one' },
          { name: 'a', sectionName: 'one' },
        ],
      },
      {
        parents: [
          { name: 'a', namespace: 'n', port: 1 },
          { name: 'a', namespace: 'n', port: 1 },
        ],
      },
      { parents: numbered(33).map((index) => ({ name: `gateway-${index}` })) },
    ],
    taken: [
      {
        parents: [
          { name: 'a', sectionName: 'one' },
          { name: 'a', sectionName: 'two' },
        ],
      },
      { parents: [{ name: 'a' }, { name: 'a', namespace: 'another' }, { name: 'b' }] },
      { parents: numbered(32).map((index) => ({ name: `gateway-${index}` })) },
    ],
  },
];

export const routeSchema: readonly ConformanceTest[] = [
  ...cases.map(
    ({ name, description, features = [], refused, taken }): ConformanceTest => ({
      name,
      description,
      features: ['EgressRoute', ...features],
      run: async (scope) => {
        const namespace = await createNamespace(scope);
        const manifest = ({ parents = [], rules }: Spec) =>
          routeManifest({ namespace, name: scope.uniqueName() }, parents, rules);
        for (const spec of taken) await scope.create(manifest(spec));
        for (const spec of refused) await expectRefusal(scope, manifest(spec));
      },
    }),
  ),
  {
    name: 'ClusterEgressRouteSchema',
    description:
      'The API server refuses a ClusterEgressRoute whose parentRef has no namespace, and takes a namespaceSelector as the only field of a match.',
    features: ['EgressRoute', 'ClusterEgressRoute'],
    run: async (scope) => {
      const rules = [{ matches: [{ namespaceSelector: { matchLabels: { team: 'none' } } }] }];
      const manifest = (parent: ParentRef, more: readonly Rule[] = rules) =>
        clusterRouteManifest(scope.uniqueName(), [parent], more);
      await scope.create(manifest({ namespace: scope.uniqueName(), name: 'gateway' }));
      await expectRefusal(scope, manifest({ name: 'gateway' }));
      await expectRefusal(scope, manifest({ namespace: 'some', name: 'gateway' }, [{ matches: [{}] }]));
    },
  },
];

async function expectRefusal(scope: Scope, object: KubeObject): Promise<void> {
  const failure = {
    expected: 'the API server refuses it as invalid (422)',
    where: `${object.kind} with spec ${JSON.stringify(object.spec)}`,
  };
  try {
    await scope.create(object);
  } catch (error) {
    if (!(error instanceof ApiRefusal)) throw error;
    return check(error.status === 422, { ...failure, seen: error.message });
  }
  check(false, { ...failure, seen: 'it was created' });
}
