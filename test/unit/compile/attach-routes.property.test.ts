import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EgressRouteSpec, ParentReference } from '../../../src/api/kinds.ts';
import { apiGroup, controllerName, listenerProtocol } from '../../../src/api/names.ts';
import { compile } from '../../../src/compile/compile.ts';
import { obviousParents, usableRules } from '../../support/attach-oracle.ts';
import { shuffled } from '../../support/compile-arbitrary.ts';
import { clusterRoute, gateway, gatewayClass, namespace, route, snapshot } from '../../support/objects.ts';

const place = fc.constantFrom('a', 'b', 'unseen');
const name = fc.constantFrom('one', 'two');
const section = fc.constantFrom('x', 'x', 'y');
const port = fc.constantFrom(1, 1, 1, 2);

const kind = fc.record(
  {
    group: fc.constantFrom(apiGroup, apiGroup, apiGroup, 'gateway.networking.k8s.io'),
    kind: fc.constantFrom('EgressRoute', 'EgressRoute', 'ClusterEgressRoute', 'TCPRoute'),
  },
  { requiredKeys: ['kind'] },
);
const allowedRoutes = fc.record(
  {
    kinds: fc.array(kind, { maxLength: 2 }),
    namespaces: fc.record(
      {
        from: fc.constantFrom('Same', 'All', 'All', 'Selector', 'Selector', 'None'),
        selector: fc.constantFrom({}, { matchLabels: { team: 'a' } }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const listener = fc.record(
  {
    name: section,
    port,
    protocol: fc.constantFrom(listenerProtocol, listenerProtocol, listenerProtocol, 'HTTP'),
    allowedRoutes,
  },
  { requiredKeys: ['name', 'port', 'protocol'] },
);
const gateways = fc
  .uniqueArray(
    fc.record({
      place,
      name,
      gatewayClassName: fc.constantFrom('egress', 'egress', 'egress', 'foreign', 'missing'),
      listeners: fc.uniqueArray(listener, { minLength: 1, maxLength: 2, selector: (entry) => entry.name }),
    }),
    { minLength: 2, maxLength: 6, selector: (entry) => `${entry.place}/${entry.name}` },
  )
  .map((list) => list.map(({ place: space, name: own, ...spec }) => gateway(`${space}/${own}`, spec)));

/** The field, or, `n` times as often, nothing. */
const rarely = <T>(n: number, key: string, value: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: n, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: value.map((entry) => ({ [key]: entry })) },
  );
const ref: fc.Arbitrary<ParentReference> = fc
  .tuple(
    fc.record({ name, namespace: place }),
    rarely(3, 'sectionName', section),
    rarely(3, 'port', port),
    rarely(15, 'group', fc.constantFrom('gateway.networking.k8s.io', '')),
    rarely(15, 'kind', fc.constantFrom('Gateway', 'Service')),
    fc.integer({ min: 0, max: 3 }),
  )
  .map(([{ name: own, namespace: space }, sectionName, number, group, kind_, local]) => ({
    name: own,
    ...(local === 0 ? {} : { namespace: space }),
    ...sectionName,
    ...number,
    ...group,
    ...kind_,
  }));
const spec: fc.Arbitrary<EgressRouteSpec> = fc.record({
  parentRefs: fc.uniqueArray(ref, {
    minLength: 1,
    maxLength: 4,
    selector: (entry) => JSON.stringify(Object.entries(entry).sort()),
  }),
  rules: fc.array(fc.constantFrom({}, { matches: [{ destinations: [{ hostname: 'a.example.com' }] }] }), {
    minLength: 1,
    maxLength: 2,
  }),
});
const world = fc
  .record({
    gateways,
    routes: fc.uniqueArray(fc.record({ place, name, spec }), {
      maxLength: 5,
      selector: (entry) => `${entry.place}/${entry.name}`,
    }),
    clusterRoutes: fc.uniqueArray(fc.record({ name, spec }), { maxLength: 2, selector: (entry) => entry.name }),
  })
  .map(({ gateways: list, routes, clusterRoutes }) =>
    snapshot({
      gateways: list,
      gatewayClasses: [gatewayClass(), { ...gatewayClass('foreign'), spec: { controllerName: 'example.com/other' } }],
      namespaces: [namespace('a', { team: 'a' }), namespace('b')],
      routes: routes.map((entry) => route(`${entry.place}/${entry.name}`, 'x/x', entry.spec)),
      clusterRoutes: clusterRoutes.map((entry) => clusterRoute(entry.name, 'x/x', entry.spec)),
    }),
  );

test('every route gets the parents that reading the API aloud gives it', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(world, (objects) => {
      const plan = compile(objects);
      const attached = new Map<string, Set<string>>();
      for (const object of [...objects.routes, ...objects.clusterRoutes]) {
        const answer = plan.routes.find(({ uid }) => uid === object.metadata.uid);
        const expected = obviousParents(objects, object);
        const said = answer?.parents.map(({ parentRef, conditions }) => ({
          ref: parentRef,
          accepted: conditions.find(({ type }) => type === 'Accepted')?.reason,
        }));
        expect(said).toEqual(expected.map(({ ref: parentRef, accepted }) => ({ ref: parentRef, accepted })));
        expect(answer?.conditions?.map(({ type, reason }) => [type, reason])).toEqual(
          expected.length === 0 ? [['Accepted', 'NoParent']] : undefined,
        );
        const isPartial = usableRules(object) < object.spec.rules.length;
        for (const [index, { accepted, listeners, ref: parent }] of expected.entries()) {
          seen.set(accepted, (seen.get(accepted) ?? 0) + 1);
          const types = answer?.parents[index]?.conditions.map(({ type }) => type) ?? [];
          expect(types).toEqual([
            'Accepted',
            ...(accepted === 'Accepted' && isPartial ? ['PartiallyInvalid'] : []),
            ...(accepted === 'Accepted' ? ['Programmed'] : []),
            'ResolvedRefs',
            ...types.filter((type) => type === 'sallyport.dev/Shadowed'),
          ]);
          for (const own of listeners) {
            const key = `${parent.namespace ?? object.metadata.namespace}/${parent.name}/${own}`;
            attached.set(key, (attached.get(key) ?? new Set()).add(object.metadata.uid));
          }
        }
      }
      for (const { ref: own, status } of plan.gateways) {
        for (const entry of status.listeners) {
          const key = `${own.namespace}/${own.name}/${entry.name}`;
          expect({ key, routes: entry.attachedRoutes }).toEqual({ key, routes: attached.get(key)?.size ?? 0 });
        }
      }
    }),
    { numRuns: 300 },
  );
  const reasons = ['Accepted', 'NoMatchingParent', 'NotAllowedByListeners', 'UnsupportedValue', 'Pending'];
  for (const reason of reasons) expect([reason, (seen.get(reason) ?? 0) > 2]).toEqual([reason, true]);
});

test('the rules of a route are in the rule sets of its first accepted parent only', () => {
  fc.assert(
    fc.property(world, (objects) => {
      const plan = compile(objects);
      for (const object of [...objects.routes, ...objects.clusterRoutes]) {
        const first = obviousParents(objects, object).find(({ accepted }) => accepted === 'Accepted')?.ref;
        const holders = plan.ruleSets.filter(({ spec: { rules } }) =>
          rules.some(({ route: { namespace: space, name: own } }) => {
            return space === object.metadata.namespace && own === object.metadata.name;
          }),
        );
        const names = holders.map(({ spec: { gateway: of } }) => `${of.namespace}/${of.name}`);
        const wanted = first && `${first.namespace ?? object.metadata.namespace}/${first.name}`;
        expect([...new Set(names)]).toEqual(wanted === undefined ? [] : [wanted]);
      }
    }),
    { numRuns: 150 },
  );
});

test('whatever else is there, and in whatever order, statuses are the same and bear our name', () => {
  const pairs = world.chain((original) => shuffled(original).map((mixed) => ({ original, mixed })));
  fc.assert(
    fc.property(pairs, ({ original, mixed }) => {
      const { routes } = compile(original);
      expect(compile(mixed).routes).toEqual(routes);
      for (const { parents } of routes) for (const entry of parents) expect(entry.controllerName).toBe(controllerName);
    }),
    { numRuns: 60 },
  );
});
