import { describe, expect, test } from 'vitest';
import type { CompiledRule, EgressNode, EgressPlacement, EgressRuleSet } from '../../../src/api/kinds.ts';
import type { ObjectMeta } from '../../../src/api/meta.ts';
import type { Pod } from '../../../src/api/pod.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import { mostDestinations } from '../../../src/compile/profile.ts';
import { type NodeView, selectPlan } from '../../../src/compile/select.ts';

/** Destinations of the first profile, each with what is decided there whatever the port. */
function restOf({ profiles: [profile] }: NodePlan) {
  const rest = new Map(profile?.decisions.map((decision) => [decision.name, decision.rest]));
  return (profile?.destinations ?? []).map(({ from, to, decision }) => [from, to, rest.get(decision)] as const);
}

const meta = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...more,
});
const pod = (
  name: string,
  ip: string,
  more: Partial<Pod['spec']> & { phase?: string; labels?: Record<string, string> } = {},
): Pod => {
  const { phase = 'Running', labels = { app: 'payments' }, ...spec } = more;
  return {
    metadata: meta(name, { namespace: 'shop', labels }),
    spec: { nodeName: 'node-1', ...spec },
    status: { phase, podIPs: [ip] },
  };
};
const node = (name: string, index: number): EgressNode => ({
  metadata: meta(name),
  spec: { index, uid: `n-${name}`, addresses: [`192.0.2.${10 + index}`], tunnelMAC: `02:ec:00:00:00:0${index}` },
});
const placement = (uid: string, id: number, candidates: readonly string[]): EgressPlacement => ({
  metadata: meta(uid),
  spec: {
    gateway: { namespace: 'shop', name: uid },
    egressClass: 'egress',
    group: id >> 9,
    tunnelAddress: `198.19.255.${240 + (id >> 9)}`,
    identities: [{ id, ipv4: `192.0.2.${100 + (id & 511)}` }],
    network: { name: 'default' },
    failover: { advertMilliseconds: 100, preempt: false, virtualRouterId: id >> 9 },
    candidates: candidates.map((name, n) => ({ node: name, address: `192.0.2.1${n + 1}`, priority: 200 - n * 10 })),
  },
});
const ruleSet = (uid: string, ...rules: readonly Partial<CompiledRule>[]): EgressRuleSet => ({
  metadata: meta(`${uid}-0`),
  spec: {
    gateway: { uid, namespace: 'shop', name: uid },
    shard: 0,
    digest: 'd',
    rules: rules.map((rule, index) => ({
      route: { kind: 'EgressRoute', namespace: 'shop', name: 'r' },
      created: '2026-01-01T00:00:00Z',
      rule: index,
      match: 0,
      ...rule,
    })),
  },
});
const view = (part: Partial<NodeView>): NodeView => ({
  cluster: { metadata: meta('default'), spec: {}, status: { clusterRanges: ['10.0.0.0/8'] } },
  node: node('node-1', 1),
  classes: [],
  pods: [],
  namespaces: [{ metadata: meta('shop', { labels: { tier: 'gold' } }) }],
  ruleSets: [],
  placements: [],
  nodes: [node('node-1', 1), node('node-2', 2)],
  ...part,
});

describe('the network of a placement', () => {
  const planned = (network: EgressPlacement['spec']['network']) => {
    const { spec, metadata } = placement('gw', 513, ['node-1']);
    const { plan } = selectPlan(view({ placements: [{ metadata, spec: { ...spec, network } }] }));
    const { networkInterface, vlan, routes } = plan.groups[0]?.vrrp ?? {};
    return { networkInterface, vlan, routes };
  };
  const nothing = { networkInterface: undefined, vlan: undefined, routes: undefined };

  test.each([
    [{ name: 'a' }, nothing],
    [
      { name: 'a', interface: 'eth1' },
      { ...nothing, networkInterface: 'eth1' },
    ],
    [
      { name: 'a', interface: 'eth1', vlan: 7, gateway6: 'fe80::1' },
      { networkInterface: 'eth1.7', vlan: { parent: 'eth1', id: 7 }, routes: { kind: 'own', gateway6: 'fe80::1' } },
    ],
    [
      { name: 'a', interface: 'eth1', table: 200 },
      { networkInterface: 'eth1', vlan: undefined, routes: { kind: 'table', table: 200 } },
    ],
  ])('%o', (network, expected) => {
    expect(planned(network)).toEqual(expected);
  });
});

describe('selectPlan', () => {
  test('a selected Pod leads to its Gateway', () => {
    const { plan, usedGateways } = selectPlan(
      view({
        pods: [pod('a', '10.244.1.2')],
        ruleSets: [ruleSet('gw', {})],
        placements: [placement('gw', 513, ['node-2'])],
      }),
    );
    expect(plan.pods).toHaveLength(1);
    expect(restOf(plan)[0]).toEqual(['0.0.0.0', '255.255.255.255', { kind: 'identity', id: 513 }]);
    expect(plan.identities).toEqual([{ id: 513, group: 1, egress4: '192.0.2.101' }]);
    expect([...usedGateways]).toEqual(['gw']);
  });

  test('without a placement, or an address of the family, its packets are dropped', () => {
    const noPlacement = selectPlan(view({ pods: [pod('a', '10.244.1.2')], ruleSets: [ruleSet('gw', {})] })).plan;
    expect(restOf(noPlacement).map(([, , rest]) => rest?.kind)).toEqual(['drop', 'drop']);
    const only4 = selectPlan(
      view({ pods: [pod('a', '10.244.1.2')], ruleSets: [ruleSet('gw', {})], placements: [placement('gw', 513, [])] }),
    ).plan;
    expect(restOf(only4).map(([from, , rest]) => [from, rest?.kind])).toEqual([
      ['0.0.0.0', 'identity'],
      ['::', 'drop'],
    ]);
  });

  test.each([
    ['hostNetwork', pod('a', '10.244.1.2', { hostNetwork: true })],
    ['finished', pod('a', '10.244.1.2', { phase: 'Succeeded' })],
    ['other labels', pod('a', '10.244.1.2', { labels: { app: 'other' } })],
    ['other service account', pod('a', '10.244.1.2', { serviceAccountName: 'other' })],
  ])('does not select: %s', (_name, other) => {
    const rule = { podSelector: { matchLabels: { app: 'payments' } }, serviceAccounts: ['default'] };
    expect(selectPlan(view({ pods: [other], ruleSets: [ruleSet('gw', rule)] })).plan.pods).toEqual([]);
    expect(
      selectPlan(view({ pods: [pod('a', '10.244.1.2')], ruleSets: [ruleSet('gw', rule)] })).plan.pods,
    ).toHaveLength(1);
  });

  test('a route selects Pods of its own namespace only', () => {
    const rule = { route: { kind: 'EgressRoute' as const, namespace: 'other', name: 'r' } };
    expect(selectPlan(view({ pods: [pod('a', '10.244.1.2')], ruleSets: [ruleSet('gw', rule)] })).plan.pods).toEqual([]);
  });

  test.each([
    ['every namespace', {}, true],
    ['but the excluded', { excludedNamespaces: ['shop'] }, false],
    ['by label', { namespaceSelector: { matchLabels: { tier: 'gold' } } }, true],
    ['by another label', { namespaceSelector: { matchLabels: { tier: 'lead' } } }, false],
  ])('a ClusterEgressRoute selects %s', (_name, part, selected) => {
    const rule = { route: { kind: 'ClusterEgressRoute' as const, name: 'r' }, ...part };
    const { plan } = selectPlan(view({ pods: [pod('a', '10.244.1.2')], ruleSets: [ruleSet('gw', rule)] }));
    expect(plan.pods).toHaveLength(selected ? 1 : 0);
  });

  test('a Pod whose rules name too many destinations sends nothing, and all others as they may', () => {
    const destinations = Array.from({ length: mostDestinations + 1 }, (_, n) => ({
      cidr: `11.${n >> 15}.${(n >> 7) & 255}.${(2 * n) & 255}/32`,
    }));
    const rules = (count: number) => ({
      ...{ pods: [pod('a', '10.244.1.2'), pod('b', '10.244.1.3', { labels: { app: 'few' } })] },
      ruleSets: [
        ruleSet(
          'gw',
          { podSelector: { matchLabels: { app: 'payments' } }, destinations: destinations.slice(0, count) },
          { podSelector: { matchLabels: { app: 'few' } } },
        ),
      ],
      placements: [placement('gw', 513, ['node-2'])],
    });
    const { plan, refused } = selectPlan(view(rules(mostDestinations + 1)));
    expect(refused).toEqual([expect.stringMatching(/^Pod shop\/a sends nothing to the outside: .* name 32769 ranges/)]);
    const profiles = new Map(plan.profiles.map((profile) => [profile.name, profile]));
    const restOfPod = ({ profile }: NodePlan['pods'][number]) =>
      profiles.get(profile)?.decisions.map(({ rest }) => rest);
    expect(plan.pods.map(restOfPod)).toEqual([[{ kind: 'drop' }], [{ kind: 'identity', id: 513 }, { kind: 'drop' }]]);
    expect(selectPlan(view(rules(mostDestinations)))).toMatchObject({ refused: [], plan: { pods: { length: 2 } } });
  });

  test('a candidate carries the whole group, and the way back to every other node', () => {
    const { plan } = selectPlan(
      view({ placements: [placement('b', 514, ['node-2', 'node-1']), placement('a', 513, ['node-2', 'node-1'])] }),
    );
    expect(plan.groups[0]?.vrrp).toMatchObject({ priority: 190, egressAddresses: ['192.0.2.101', '192.0.2.102'] });
    expect(plan.identities.map(({ id }) => id)).toEqual([513, 514]);
    expect(plan.peers.map(({ name }) => name)).toEqual(['node-2']);
  });

  test('a node that is neither candidate nor user carries nothing of a Gateway but its address', () => {
    const { plan } = selectPlan(view({ placements: [placement('a', 513, ['node-2'])] }));
    expect(plan).toMatchObject({ groups: [], identities: [], peers: [], egressAddresses: ['192.0.2.101'] });
  });

  test('is the same whatever order the objects come in', () => {
    const parts = {
      pods: [pod('a', '10.244.1.2'), pod('b', '10.244.1.3', { labels: { app: 'x' } })],
      ruleSets: [ruleSet('gw', {}), ruleSet('gx', { podSelector: { matchLabels: { app: 'x' } } })],
      placements: [placement('gw', 513, ['node-1']), placement('gx', 1025, ['node-1', 'node-2'])],
    };
    const reversed = {
      pods: parts.pods.toReversed(),
      ruleSets: parts.ruleSets.toReversed(),
      placements: parts.placements.toReversed(),
    };
    expect(selectPlan(view(reversed))).toEqual(selectPlan(view(parts)));
  });
});
