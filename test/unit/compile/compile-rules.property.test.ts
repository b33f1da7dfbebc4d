import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClusterEgressRoute, EgressRoute, ParentReference } from '../../../src/api/kinds.ts';
import { apiGroup, listenerProtocol } from '../../../src/api/names.ts';
import { compile } from '../../../src/compile/compile.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { clusterRoute, egressClass, gateway, namespace, route, snapshot } from '../../support/objects.ts';
import { readSchema, refusals } from '../../support/schema.ts';
import { fromSchema, type Likely } from '../../support/schema-arbitrary.ts';

const likely: Likely = {
  cidr: [
    '0.0.0.0/0',
    '203.0.113.0/24',
    '203.0.113.7/32',
    '::/0',
    '2001:db8::/32',
    '203.0.113.7/24',
    '300.1.1.1/8',
    '1::/129',
  ],
  except: ['203.0.113.128/25', '203.0.113.7/32', '10.0.0.0/8', '2001:db8::1/128', 'nonsense'],
  hostname: ['a.example.com', '*.example.com'],
  namespace: ['platform', 'shop'],
  name: ['open', 'listed'],
  sectionName: ['egress'],
  group: ['gateway.networking.k8s.io'],
  kind: ['Gateway', 'Gateway', 'Service'],
  serviceAccounts: ['default', 'payments'],
  key: ['app', 'tier'],
  matchLabels: ['payments', 'web'],
  'matchLabels keys': ['app', 'tier'],
  values: ['payments', 'web'],
};
const ours: ParentReference[] = [
  { namespace: 'platform', name: 'open' },
  { namespace: 'platform', name: 'listed', sectionName: 'egress' },
];
// Half of them name Gateways that exist: what is refused at the door shows nothing of the rest.
const withParents = <Route extends EgressRoute | ClusterEgressRoute>(object: Route, isSure: boolean): Route =>
  isSure ? { ...object, spec: { ...object.spec, parentRefs: [...ours] } } : object;

const name = fc.constantFrom('constructor', 'valueof', 'a'.repeat(253), '0.a', '0');
const routeSpec = fromSchema(readSchema('egressroutes', 'spec'), likely) as fc.Arbitrary<EgressRoute['spec']>;
const clusterSpec = fromSchema(readSchema('clusteregressroutes', 'spec'), likely) as fc.Arbitrary<
  ClusterEgressRoute['spec']
>;
const hostileRoute = fc
  .tuple(fc.constantFrom('constructor', 'evil', '0'), name, routeSpec, fc.boolean())
  .map(([space, own, spec, isSure]) => withParents(route(`${space}/${own}`, 'a/b', spec), isSure));
const hostileClusterRoute = fc
  .tuple(name, clusterSpec, fc.boolean())
  .map(([own, spec, isSure]) => withParents(clusterRoute(own, 'a/b', spec), isSure));

const kinds = ['EgressRoute', 'ClusterEgressRoute'].map((kind) => ({ group: apiGroup, kind }));
const listener = {
  name: 'egress',
  port: 1,
  protocol: listenerProtocol,
  allowedRoutes: { namespaces: { from: 'All' } },
};
const quiet = settleAll(
  snapshot({
    egressClasses: [egressClass({ excludedNamespaces: Array.from({ length: 64 }, (_, index) => `space-${index}`) })],
    gateways: [
      gateway('platform/open'),
      gateway('platform/listed', {
        listeners: [{ ...listener, allowedRoutes: { ...listener.allowedRoutes, kinds } }],
      }),
    ],
    namespaces: [namespace('platform'), namespace('shop', { tier: 'web' }), namespace('constructor')],
    routes: [route('shop/payments', 'platform/open'), route('shop/refused', 'platform/nothing')],
  }),
).snapshot;
const before = compile(quiet);

const routeStatus = readSchema('egressroutes', 'status');
const ruleSetSpec = readSchema('egressrulesets', 'spec');

test('whatever the schema of a route lets through gets an answer, fits what agents read, and changes no other route', () => {
  const seen = { accepted: 0, refused: 0, rules: 0 };
  fc.assert(
    fc.property(fc.option(hostileRoute), fc.option(hostileClusterRoute), (one, all) => {
      const plan = compile({
        ...quiet,
        routes: [...quiet.routes, ...(one === null ? [] : [one])],
        clusterRoutes: all === null ? [] : [all],
      });
      for (const object of [one, all]) {
        if (object === null) continue;
        const answer = plan.routes.find(({ uid, kind }) => {
          return uid === object.metadata.uid && (kind === 'EgressRoute') === (object === one);
        });
        const accepted = [answer?.conditions ?? [], ...(answer?.parents.map(({ conditions }) => conditions) ?? [])]
          .flat()
          .filter(({ type }) => type === 'Accepted');
        expect(accepted.length).toBeGreaterThan(0);
        seen[accepted.some(({ status }) => status === 'True') ? 'accepted' : 'refused'] += 1;
        const { parents, sourceAddresses, conditions } = answer ?? {};
        expect(refusals(routeStatus, { parents, sourceAddresses, conditions })).toEqual([]);
      }
      for (const { spec } of plan.ruleSets) {
        expect(refusals(ruleSetSpec, spec)).toEqual([]);
        seen.rules += spec.rules.filter(({ route: from }) => from.name !== 'payments').length;
      }
      const others = new Set(quiet.routes.map(({ metadata }) => metadata.uid));
      expect(plan.routes.filter(({ uid }) => others.has(uid))).toEqual(before.routes);
      expect([plan.claims, plan.placements, plan.pools]).toEqual([before.claims, before.placements, before.pools]);
    }),
    { numRuns: 300 },
  );
  expect(Math.min(seen.accepted, seen.refused, seen.rules)).toBeGreaterThan(20);
});
