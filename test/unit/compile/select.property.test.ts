import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EgressClass, EgressPlacement, EgressRuleSet } from '../../../src/api/kinds.ts';
import type { Pod } from '../../../src/api/pod.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import { type NodeView, selectPlan } from '../../../src/compile/select.ts';
import { meta } from '../../support/objects.ts';

const few = fc.constantFrom('a', 'b', 'c');

const pod: fc.Arbitrary<Pod> = fc
  .record({ name: few, namespace: few, app: few, account: few, phase: fc.constantFrom('Running', 'Running', 'Failed') })
  .map(({ name, namespace, app, account, phase }) => ({
    metadata: meta(`${namespace}/${name}`, { labels: { app } }),
    spec: { nodeName: 'node-1', serviceAccountName: account },
    status: { phase, podIPs: [`10.0.0.${name.charCodeAt(0)}`] },
  }));

const rule = fc
  .record({
    kind: fc.constantFrom('EgressRoute' as const, 'ClusterEgressRoute' as const),
    namespace: few,
    name: few,
    app: fc.option(few, { nil: undefined }),
    tier: fc.option(few, { nil: undefined }),
    cidr: fc.constantFrom('203.0.113.0/24', '203.0.112.0/20'),
  })
  .map(({ kind, namespace, name, app, tier, cidr }) => ({
    route: { kind, name, ...(kind === 'EgressRoute' ? { namespace } : {}) },
    created: '2026-01-01T00:00:00Z',
    rule: 0,
    match: 0,
    destinations: [{ cidr }],
    ...(app === undefined ? {} : { podSelector: { matchLabels: { app } } }),
    ...(kind === 'EgressRoute' || tier === undefined ? {} : { namespaceSelector: { matchLabels: { tier } } }),
  }));

const ruleSet: fc.Arbitrary<EgressRuleSet> = fc
  .record({ uid: few, rules: fc.array(rule, { minLength: 1, maxLength: 4 }) })
  .map(({ uid, rules: drawn }) => {
    // A place in a route is one match, and one Gateway carries the route: no two rules of a cluster share both.
    const rules = drawn.map((one, index) => ({
      ...one,
      rule: index,
      route: { ...one.route, name: `${uid}-${one.route.name}` },
    }));
    return {
      metadata: meta(`${uid}-0`),
      spec: { gateway: { uid, namespace: 'x', name: uid }, shard: 0, digest: JSON.stringify(rules), rules },
    };
  });

const placement: fc.Arbitrary<EgressPlacement> = fc
  .record({
    uid: few,
    ids: fc.uniqueArray(fc.integer({ min: 513, max: 516 }), { minLength: 1, maxLength: 2 }),
    node: fc.constantFrom('node-1', 'node-2'),
  })
  .map(({ uid, ids, node }) => ({
    metadata: meta(uid),
    spec: {
      gateway: { namespace: 'x', name: uid },
      egressClass: 'egress',
      group: 1,
      tunnelAddress: '198.19.255.241',
      identities: ids.map((id) => ({ id, ipv4: `192.0.2.${id & 255}` })),
      network: { name: 'default' },
      failover: { advertMilliseconds: 100, preempt: false, virtualRouterId: 1 },
      candidates: [{ node, address: '192.0.2.11', priority: 200 }],
    },
  }));

const namespace = fc
  .record({ name: few, tier: few })
  .map(({ name, tier }) => ({ metadata: meta(name, { labels: { tier } }) }));

const egressClass: fc.Arbitrary<EgressClass> = fc
  .record({ name: few, tier: fc.option(few, { nil: undefined }), excludedNamespaces: fc.array(few, { maxLength: 1 }) })
  .map(({ name, tier, excludedNamespaces }) => ({
    metadata: meta(name),
    spec: { excludedNamespaces, isolation: { namespaceSelector: tier === undefined ? {} : { matchLabels: { tier } } } },
  }));

type Lists = 'classes' | 'pods' | 'ruleSets' | 'placements' | 'namespaces';
type Change =
  | { readonly kind: 'put'; readonly list: Lists; readonly item: NodeView[Lists][number] }
  | { readonly kind: 'drop'; readonly list: Lists; readonly place: number };

const put = (list: Lists, items: fc.Arbitrary<NodeView[Lists][number]>): fc.Arbitrary<Change> =>
  items.map((item) => ({ kind: 'put' as const, list, item }));
const change: fc.Arbitrary<Change> = fc.oneof(
  put('classes', egressClass),
  put('pods', pod),
  put('ruleSets', ruleSet),
  put('placements', placement),
  put('namespaces', namespace),
  fc.record({
    kind: fc.constant('drop' as const),
    list: fc.constantFrom<Lists>('classes', 'pods', 'ruleSets', 'placements', 'namespaces'),
    place: fc.nat({ max: 3 }),
  }),
);

const start: NodeView = {
  cluster: { metadata: meta('default'), spec: {}, status: { clusterRanges: ['10.0.0.0/8'] } },
  node: {
    metadata: meta('node-1'),
    spec: { index: 1, uid: 'n', addresses: ['192.0.2.11'], tunnelMAC: '02:ec:00:00:00:01' },
  },
  classes: [],
  pods: [],
  namespaces: [],
  ruleSets: [],
  placements: [],
  nodes: [],
};

/** Addresses from which something is dropped for isolation. */
function isolatedIn({ profiles, pods }: NodePlan): readonly string[] {
  const names = profiles
    .filter(({ decisions }) => decisions.some(({ rest }) => rest?.kind === 'isolated'))
    .map(({ name }) => name);
  return pods.filter(({ profile }) => names.includes(profile)).map(({ address }) => address);
}

// No rule above takes all destinations, so every isolated Pod has some that are dropped. Of two Pods with one address the younger holds it.
function isolatedBy({ classes, pods, namespaces }: NodeView): readonly string[] {
  const holders = new Map<string, Pod>();
  for (const one of pods
    .filter(({ status }) => status.phase === 'Running')
    .toSorted((a, b) => (a.metadata.uid < b.metadata.uid ? -1 : 1)))
    for (const address of one.status.podIPs) holders.set(address, one);
  const inIsolated = ({ metadata }: Pod) => {
    const found = namespaces.findLast(({ metadata: { name } }) => name === metadata.namespace)?.metadata;
    return classes.some(({ spec }) => {
      if (found === undefined || (spec?.excludedNamespaces ?? []).includes(found.name)) return false;
      const wanted = spec?.isolation?.namespaceSelector.matchLabels?.['tier'];
      return wanted === undefined || found.labels?.['tier'] === wanted;
    });
  };
  return [...holders]
    .filter(([, one]) => inIsolated(one))
    .map(([address]) => address)
    .toSorted();
}

function applyChange(view: NodeView, step: Change): NodeView {
  const list: readonly NodeView[Lists][number][] = view[step.list];
  if (step.kind === 'drop') return { ...view, [step.list]: list.toSpliced(step.place, 1) };
  const others = list.filter(({ metadata }) => metadata.uid !== step.item.metadata.uid);
  return { ...view, [step.list]: [...others, step.item] };
}

test('what is selected from known objects is what is selected from scratch, whatever changes in between', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 5, maxLength: 25 }), (changes) => {
      let view = start;
      for (const step of changes) {
        view = applyChange(view, step);
        // A copy is known to nobody.
        const selection = selectPlan(view);
        expect(selection).toEqual(selectPlan(structuredClone(view)));
        expect(isolatedIn(selection.plan)).toEqual(isolatedBy(view));
      }
    }),
    { numRuns: 200 },
  );
});
