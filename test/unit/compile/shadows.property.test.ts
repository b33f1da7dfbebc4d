import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ClusterRouteMatch } from '../../../src/api/kinds.ts';
import { apiGroup, listenerProtocol } from '../../../src/api/names.ts';
import { compile } from '../../../src/compile/compile.ts';
import { compileClusterRoute, compileRoute } from '../../../src/compile/compile-rules.ts';
import { shuffled } from '../../support/compile-arbitrary.ts';
import { clusterRoute, gateway, namespace, route, snapshot } from '../../support/objects.ts';
import { obviousShadow } from '../../support/shadow-oracle.ts';

// Few of everything, so that routes meet.
const inner: Readonly<Record<string, readonly string[]>> = {
  '0.0.0.0/0': ['128.0.0.0/1', '10.0.0.0/8'],
  '0.0.0.0/1': ['10.0.0.0/8', '0.0.0.0/1'],
  '10.0.0.0/8': ['10.0.0.0/9', '10.128.0.0/9'],
};
const destination = fc
  .constantFrom('0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '10.0.0.0/8', '10.0.0.0/9', '10.128.0.0/9', '::/0')
  .chain((cidr) => fc.subarray([...(inner[cidr] ?? [])]).map((except) => ({ cidr, except })));
const port = fc.constantFrom(
  { protocol: 'TCP' as const },
  { protocol: 'TCP' as const, port: 443 },
  { protocol: 'TCP' as const, port: 1, endPort: 443 },
  { protocol: 'TCP' as const, port: 400, endPort: 65535 },
  { protocol: 'UDP' as const, port: 443 },
);
const selector = fc.constantFrom(
  {},
  { matchLabels: { app: 'a' } },
  { matchExpressions: [{ key: 'app', operator: 'In' as const, values: ['a'] }] },
  { matchLabels: { app: 'a', tier: 'web' } },
);
const match: fc.Arbitrary<ClusterRouteMatch> = fc.record(
  {
    podSelector: selector,
    serviceAccounts: fc.subarray(['x', 'y'], { minLength: 1 }),
    destinations: fc.array(destination, { minLength: 1, maxLength: 3 }),
    ports: fc.array(port, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const clusterMatch = fc.record(
  { whole: match, namespaceSelector: fc.constantFrom({ matchLabels: { tier: 'gold' } }, {}) },
  { requiredKeys: ['whole'] },
);
const age = fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z');
const rules = fc.array(fc.record({ matches: fc.array(match, { maxLength: 2 }) }), { minLength: 1, maxLength: 2 });
const routes = fc.uniqueArray(
  fc.record({ key: fc.constantFrom('shop/a', 'shop/b', 'shop/c', 'blog/a', 'blog/b'), age, rules, closed: fc.nat(5) }),
  { maxLength: 5, selector: ({ key }) => key },
);
const clusterRoutes = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('a', 'b'), age, matches: fc.array(clusterMatch, { maxLength: 2 }) }),
  { maxLength: 2, selector: ({ name }) => name },
);

const kinds = ['EgressRoute', 'ClusterEgressRoute'].map((kind) => ({ group: apiGroup, kind }));
const open = { namespaces: { from: 'All' }, kinds };
const spaces = [
  { name: 'blog', labels: {} },
  { name: 'kube-system', labels: {} },
  { name: 'shop', labels: { tier: 'gold' } },
];

const world = fc.tuple(routes, clusterRoutes).map(([own, cluster]) =>
  snapshot({
    gateways: ['one', 'two'].map((name) =>
      gateway(`platform/${name}`, {
        listeners: [{ name: 'egress', port: 1, protocol: listenerProtocol, allowedRoutes: open }],
      }),
    ),
    namespaces: spaces.map(({ name, labels }) => namespace(name, labels)),
    routes: own.map((entry) => {
      // One of six has no parent: it carries nothing and must shadow nobody.
      const made = route(entry.key, entry.closed === 0 ? 'platform/none' : 'platform/one', { rules: entry.rules });
      return { ...made, metadata: { ...made.metadata, creationTimestamp: entry.age } };
    }),
    clusterRoutes: cluster.map(({ name, age: creationTimestamp, matches }) => {
      const whole = matches.map(({ whole: part, ...more }) => ({ ...part, ...more }));
      const made = clusterRoute(name, 'platform/two', { rules: [{ matches: whole }] });
      return { ...made, metadata: { ...made.metadata, creationTimestamp } };
    }),
  }),
);

function shadowOf(parents: readonly { readonly conditions: readonly { type: string; message: string }[] }[]): string {
  const [message] = parents.flatMap(({ conditions }) =>
    conditions.filter(({ type }) => type === 'sallyport.dev/Shadowed').map((condition) => condition.message),
  );
  if (message === undefined) return 'none';
  return message.startsWith('nothing is left for this route: ') ? 'whole' : 'part';
}

test('Shadowed says what trying every packet says', () => {
  const seen = { none: 0, part: 0, whole: 0 };
  fc.assert(
    fc.property(world, (objects) => {
      const attached = [...objects.routes.filter(({ spec }) => spec.parentRefs?.[0]?.name !== 'none')];
      const compiled = [...attached.map(compileRoute), ...objects.clusterRoutes.map(compileClusterRoute)];
      const all = compiled.flatMap((entry) => entry.rules);
      for (const plan of compile(objects).routes) {
        const own = all.filter(({ route: { kind, namespace: space, name } }) => {
          return kind === plan.kind && space === plan.ref.namespace && name === plan.ref.name;
        });
        const expected = own.length === 0 ? 'none' : obviousShadow(own, all, spaces);
        seen[expected] += 1;
        expect({ ref: plan.ref, shadow: shadowOf(plan.parents) }).toEqual({ ref: plan.ref, shadow: expected });
      }
    }),
    { numRuns: 200 },
  );
  // The generator must make all three, or nothing was tried.
  expect(Math.min(seen.none, seen.part, seen.whole)).toBeGreaterThan(20);
});

test('Shadowed, winners included, does not depend on the order of objects', () => {
  const pairs = world.chain((original) => shuffled(original).map((mixed) => ({ original, mixed })));
  fc.assert(
    fc.property(pairs, ({ original, mixed }) => {
      expect(compile(mixed).routes).toEqual(compile(original).routes);
    }),
    { numRuns: 60 },
  );
});
