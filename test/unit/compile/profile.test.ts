import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/compile/node-plan.ts';
import { type Decide, profileOf } from '../../../src/compile/profile.ts';
import type { GatewayRule } from '../../../src/compile/select-rules.ts';
import { obviousWinner, type Packet, verdictIn } from '../../support/precedence-oracle.ts';

const ids: Record<string, number> = { 'uid-a': 513, 'uid-b': 514, 'uid-c': 1025 };
const decide: Decide = (uid) => (ids[uid] === undefined ? { kind: 'drop' } : { kind: 'identity', id: ids[uid] });

function rule(part: Partial<GatewayRule>): GatewayRule {
  return {
    gatewayUid: 'uid-a',
    route: { kind: 'EgressRoute', namespace: 'shop', name: 'r' },
    created: '2026-01-01T00:00:00Z',
    rule: 0,
    match: 0,
    ...part,
  };
}

// Few prefixes, few ports, few dates: collisions are the point.
const cidrs = [
  '0.0.0.0/0',
  '10.0.0.0/8',
  '10.0.0.0/9',
  '10.128.0.0/9',
  '10.1.2.3/32',
  '10.1.2.0/24',
  '10.1.2.128/25',
  '::/0',
  '2001:db8::/32',
  '2001:db8::1/128',
];
const inner: Record<string, readonly string[]> = {
  '0.0.0.0/0': ['10.0.0.0/8', '10.1.2.3/32'],
  '10.0.0.0/8': ['10.128.0.0/9', '10.1.2.0/24'],
  '10.1.2.0/24': ['10.1.2.128/25', '10.1.2.3/32'],
  '2001:db8::/32': ['2001:db8::1/128'],
};
const destination = fc
  .constantFrom(...cidrs)
  .chain((cidr) =>
    fc.record({ cidr: fc.constant(cidr), except: fc.subarray([...(inner[cidr] ?? [])]) }, { requiredKeys: ['cidr'] }),
  );
const port = fc
  .record({
    protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
    port: fc.constantFrom(80, 443, 8000),
    span: fc.constantFrom(0, 100),
  })
  .chain(({ protocol, port: first, span }) =>
    fc.constantFrom({ protocol }, { protocol, port: first }, { protocol, port: first, endPort: first + span }),
  );
const anyRule = fc.record(
  {
    gatewayUid: fc.constantFrom('uid-a', 'uid-b', 'uid-c', 'uid-unplaced'),
    route: fc.oneof(
      fc.record({
        kind: fc.constant('EgressRoute' as const),
        namespace: fc.constant('shop'),
        name: fc.constantFrom('r', 's', 't'),
      }),
      fc.record({ kind: fc.constant('ClusterEgressRoute' as const), name: fc.constantFrom('r', 's') }),
    ),
    created: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
    rule: fc.nat(2),
    match: fc.nat(2),
    namespaceSelector: fc.constant({ matchLabels: { team: 'x' } }),
    podSelector: fc.constant({ matchLabels: { app: 'x' } }),
    serviceAccounts: fc.constant(['robot']),
    destinations: fc.array(destination, { minLength: 1, maxLength: 3 }),
    ports: fc.array(port, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['gatewayUid', 'route', 'created', 'rule', 'match'] },
);
// The API server knows no two objects of one name, so no two matches of one place.
const rules = fc.uniqueArray(anyRule, { maxLength: 12, selector: (r) => JSON.stringify([r.route, r.rule, r.match]) });
const sameRoute = (list: readonly GatewayRule[]): GatewayRule[] => {
  const created = new Map(list.map((r) => [JSON.stringify(r.route), r.created]));
  return list.map((r) => ({ ...r, created: created.get(JSON.stringify(r.route)) ?? r.created }));
};
const packets: readonly Packet[] = [
  '10.1.2.3',
  '10.1.2.4',
  '10.1.2.200',
  '10.200.0.1',
  '11.0.0.1',
  '2001:db8::1',
  '2001:db8::2',
  '2001::1',
].flatMap((to) => [
  { destination: to },
  ...[79, 80, 100, 443, 543, 8000, 8100, 8101].flatMap((p) => [
    { destination: to, transport: { protocol: 'TCP' as const, port: p } },
    { destination: to, transport: { protocol: 'UDP' as const, port: p } },
  ]),
]);

describe('profileOf', () => {
  test('decides every packet as a linear scan of the rules by the text of the API', () => {
    fc.assert(
      fc.property(rules, (generated) => {
        const list = sameRoute(generated);
        const profile = profileOf(list, decide);
        for (const packet of packets) {
          const winner = obviousWinner(list, packet);
          const expected: Verdict | undefined = winner && decide(winner.gatewayUid, 4);
          expect({ packet, verdict: verdictIn(profile, packet) }).toEqual({ packet, verdict: expected });
        }
      }),
      { numRuns: 300 },
    );
  });

  test('isolated, decides every packet that no rule matches, and no other', () => {
    fc.assert(
      fc.property(rules, (generated) => {
        const list = sameRoute(generated);
        const profile = profileOf(list, decide, { kind: 'isolated' });
        for (const packet of packets) {
          const winner = obviousWinner(list, packet);
          const expected: Verdict = winner === undefined ? { kind: 'isolated' } : decide(winner.gatewayUid, 4);
          expect({ packet, verdict: verdictIn(profile, packet) }).toEqual({ packet, verdict: expected });
        }
        for (const { from, to } of profile.destinations)
          expect(profile.destinations.filter((other) => other.from === from || other.to === to)).toHaveLength(1);
      }),
      { numRuns: 200 },
    );
  });

  test('is the same whatever order the rules come in', () => {
    fc.assert(
      fc.property(rules, fc.gen(), (generated, g) => {
        const list = sameRoute(generated);
        const shuffled = g(fc.shuffledSubarray, list, { minLength: list.length });
        expect(profileOf(shuffled, decide)).toEqual(profileOf(list, decide));
      }),
    );
  });

  test('has disjoint intervals', () => {
    fc.assert(
      fc.property(rules, (generated) => {
        const profile = profileOf(sameRoute(generated), decide);
        for (const packet of packets) {
          const { decisions } = profile;
          const rest = decisions.map(({ name }) => ({ name, ports: [], rest: { kind: 'drop' as const } }));
          const covering = profile.destinations.filter((entry) =>
            verdictIn({ destinations: [entry], decisions: rest }, packet),
          );
          expect(covering.length).toBeLessThan(2);
        }
      }),
    );
  });

  test('a match with ports never matches a protocol without ports', () => {
    const profile = profileOf([rule({ ports: [{ protocol: 'TCP' }] })], decide);
    expect(verdictIn(profile, { destination: '10.0.0.1' })).toBeUndefined();
    expect(verdictIn(profile, { destination: '10.0.0.1', transport: { protocol: 'TCP', port: 1 } })).toEqual({
      kind: 'identity',
      id: 513,
    });
  });

  test('an exception falls through to the next rule that matches', () => {
    const profile = profileOf(
      [
        rule({ destinations: [{ cidr: '203.0.113.0/24', except: ['203.0.113.128/25'] }] }),
        rule({ gatewayUid: 'uid-b', route: { kind: 'EgressRoute', namespace: 'shop', name: 'rest' } }),
      ],
      decide,
    );
    expect(verdictIn(profile, { destination: '203.0.113.5' })).toEqual({ kind: 'identity', id: 513 });
    expect(verdictIn(profile, { destination: '203.0.113.200' })).toEqual({ kind: 'identity', id: 514 });
  });
});
