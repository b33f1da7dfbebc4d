import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ObjectMeta } from '../../../src/api/meta.ts';
import { apiGroup, listenerProtocol } from '../../../src/api/names.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { finish } from '../../../src/compile/steps.ts';
import { planRouteWrites } from '../../../src/controller/plan-route-writes.ts';
import { planWrites } from '../../../src/controller/plan-writes.ts';
import { applyPlan } from '../../../src/preview/settle.ts';
import { reportAll, settleAll } from '../../support/apply-plan.ts';
import { snapshotArbitrary } from '../../support/compile-arbitrary.ts';
import { clusterRoute, egressClass, gateway, namespace, node, route, snapshot } from '../../support/objects.ts';

type Lists = 'gateways' | 'routes' | 'clusterRoutes' | 'nodes' | 'pools' | 'claims' | 'namespaces' | 'egressClasses';

const listener = {
  name: 'egress',
  port: 1,
  protocol: listenerProtocol,
  allowedRoutes: {
    kinds: ['EgressRoute', 'ClusterEgressRoute'].map((kind) => ({ group: apiGroup, kind })),
    namespaces: { from: 'All' },
  },
};
const name = fc.constantFrom('a', 'b', 'c', 'd');
const rules = fc
  .constantFrom('203.0.113.0/24', '203.0.112.0/20', 'nonsense')
  .map((cidr) => [{ matches: [{ destinations: [{ cidr }] }] }]);
const parent = fc.constantFrom('a/a', 'a/a', 'b/b');

/** Two Gateways at rest, and routes that nearly all attach: here it is routes that meet. */
const busy: fc.Arbitrary<Snapshot> = fc
  .record({
    routes: fc.uniqueArray(fc.record({ key: fc.tuple(name, name).map((pair) => pair.join('/')), parent, rules }), {
      minLength: 3,
      maxLength: 9,
      selector: ({ key }) => key,
    }),
    clusterRoutes: fc.uniqueArray(fc.record({ key: name, parent, rules }), {
      maxLength: 3,
      selector: ({ key }) => key,
    }),
    excluded: fc.subarray(['a', 'kube-system']),
    nodes: fc.subarray([1, 2, 3], { minLength: 2 }),
    ready: fc.boolean(),
  })
  .map(({ routes, clusterRoutes, excluded, nodes, ready }) =>
    snapshot({
      gateways: ['a/a', 'b/b'].map((key) => gateway(key, { listeners: [listener] })),
      routes: routes.map((entry) => route(entry.key, entry.parent, { rules: entry.rules })),
      clusterRoutes: clusterRoutes.map((entry) => clusterRoute(entry.key, entry.parent, { rules: entry.rules })),
      egressClasses: [egressClass({ excludedNamespaces: excluded })],
      namespaces: ['a', 'b', 'c', 'd'].map((entry) => namespace(entry)),
      nodes: nodes.map((place) => node(`node-${place}`, `192.0.2.${10 + place}`, { ready: ready || place === 2 })),
    }),
  );
const busyAtRest = busy.map((start) => settleAll(start, ['node-1', 'node-3']).snapshot);
const start = fc.oneof(snapshotArbitrary, busy, busyAtRest);

/** What happens between two compiles; everything that it does not touch stays the very same object. */
type Change =
  | { readonly kind: 'put'; readonly list: Lists; readonly from: Snapshot; readonly place: number }
  | {
      readonly kind: 'drop';
      readonly list: Lists | 'placements' | 'ruleSets' | 'reports' | 'egressNodes';
      readonly place: number;
    }
  | { readonly kind: 'label'; readonly place: number; readonly value: string }
  | { readonly kind: 'write' | 'report' | 'turn' | 'lose-status' }
  | { readonly kind: 'wait'; readonly ms: number };

const lists: readonly Lists[] = [
  'gateways',
  'routes',
  'clusterRoutes',
  'nodes',
  'pools',
  'claims',
  'namespaces',
  'egressClasses',
];
const place = fc.nat({ max: 5 });

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('write' as const, 'write' as const, 'report' as const).map(only) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      list: fc.constantFrom(...lists),
      from: fc.oneof(snapshotArbitrary, busy),
      place,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('drop' as const),
      list: fc.constantFrom(
        ...lists,
        'placements' as const,
        'ruleSets' as const,
        'reports' as const,
        'egressNodes' as const,
      ),
      place,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('label' as const), place, value: fc.constantFrom('a', 'b') }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(1, 400, 1_000, 12_000, 700_000).map((ms) => ({ kind: 'wait' as const, ms })),
  },
  { weight: 1, arbitrary: fc.constantFrom('turn' as const, 'lose-status' as const).map(only) },
);

function only<K extends 'write' | 'report' | 'turn' | 'lose-status'>(kind: K): { readonly kind: K } {
  return { kind };
}

interface Item {
  readonly metadata: ObjectMeta;
}

function applyChange(before: Snapshot, step: Change): Snapshot {
  switch (step.kind) {
    case 'write':
      return applyPlan(before, compile(before));
    case 'report':
      return reportAll(before, ['node-1', 'node-3']);
    case 'wait':
      return { ...before, now: before.now + step.ms };
    case 'put': {
      const item: Item | undefined = step.from[step.list].at(step.place % Math.max(1, step.from[step.list].length));
      if (item === undefined) return before;
      const others = (before[step.list] as readonly Item[]).filter(
        ({ metadata }) => metadata.uid !== item.metadata.uid,
      );
      return { ...before, [step.list]: others.toSpliced(step.place, 0, item) };
    }
    case 'drop':
      return { ...before, [step.list]: (before[step.list] as readonly Item[]).toSpliced(step.place, 1) };
    case 'label':
      return {
        ...before,
        namespaces: before.namespaces.map((item, index) =>
          index === step.place ? { ...item, metadata: { ...item.metadata, labels: { x: step.value } } } : item,
        ),
      };
    case 'lose-status':
      return { ...before, routes: before.routes.map(({ status: _, ...route }) => route) };
    case 'turn':
      return Object.fromEntries(
        Object.entries(before).map(([key, value]) => [key, Array.isArray(value) ? value.toReversed() : value]),
      ) as unknown as Snapshot;
  }
}

function everything(seen: Snapshot): string {
  const plan = compile(seen);
  return JSON.stringify([plan, finish(planWrites(plan, seen)), finish(planRouteWrites(plan, seen))], undefined, 1);
}

test('what is compiled from known objects is what is compiled from scratch, whatever changes in between', () => {
  fc.assert(
    fc.property(start, fc.array(change, { minLength: 4, maxLength: 14 }), (first, changes) => {
      const known = [{ at: first, result: everything(first) }];
      let current = first;
      for (const step of changes) {
        current = applyChange(current, step);
        known.push({ at: current, result: everything(current) });
      }
      // A copy is known to nobody. Only now, for what was seen last is remembered best.
      for (const { at, result } of known) expect(result).toBe(everything(structuredClone(at)));
    }),
    { numRuns: 40 },
  );
});
