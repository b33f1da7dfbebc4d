import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlanProfile, Verdict } from '../../../src/compile/node-plan.ts';
import { type Decide, profileOf } from '../../../src/compile/profile.ts';
import type { GatewayRule } from '../../../src/compile/select-rules.ts';
import { parseIp } from '../../../src/net/ip.ts';
import { formatRange, parseRange, rangeContains } from '../../../src/net/range.ts';
import { type Cut, compareProfiles, type Ports, type ProfileChange } from '../../../src/preview/compare-profiles.ts';
import { type Packet, verdictIn } from '../../support/precedence-oracle.ts';

const ids: Record<string, number> = { a: 513, b: 514 };
const decide: Decide = (uid) => ({ kind: 'identity', id: ids[uid] ?? 1025 });

const rule: fc.Arbitrary<GatewayRule> = fc
  .record(
    {
      gatewayUid: fc.constantFrom('a', 'b'),
      destinations: fc.uniqueArray(fc.constantFrom('0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '::/0'), {
        minLength: 1,
        maxLength: 2,
      }),
      ports: fc.array(
        fc.record(
          {
            protocol: fc.constantFrom('TCP' as const, 'UDP' as const),
            port: fc.constantFrom(80, 443, 8000),
            endPort: fc.constantFrom(8000, 8100),
          },
          { requiredKeys: ['protocol'] },
        ),
        { minLength: 1, maxLength: 2 },
      ),
      name: fc.constantFrom('r', 's'),
    },
    { requiredKeys: ['gatewayUid', 'name'] },
  )
  .map(({ gatewayUid, destinations, ports, name }) => ({
    gatewayUid,
    route: { kind: 'EgressRoute', namespace: 'shop', name },
    ...{ created: '2026-01-01T00:00:00Z', rule: 0, match: 0 },
    ...(destinations === undefined ? {} : { destinations: destinations.map((cidr) => ({ cidr })) }),
    // An end needs a beginning, as the CRD says.
    ...(ports === undefined
      ? {}
      : {
          ports: ports.map(({ port, endPort, ...rest }) =>
            port === undefined ? rest : { ...rest, port, ...(endPort === undefined ? {} : { endPort }) },
          ),
        }),
  }));

const profile: fc.Arbitrary<PlanProfile | undefined> = fc.option(
  fc
    .tuple(fc.array(rule, { maxLength: 4 }), fc.boolean())
    .map(([rules, isIsolated]) => profileOf(rules, decide, isIsolated ? { kind: 'isolated' } : undefined)),
  { nil: undefined },
);

const destinations = ['10.1.2.3', '10.1.9.9', '10.9.9.9', '203.0.113.1', '2001:db8::1'];
const transports = ['TCP', 'UDP', 'SCTP'].flatMap((protocol) =>
  [22, 80, 443, 8000, 8050, 9000].map((port) => ({ protocol: protocol as 'TCP', port })),
);
const packets: readonly Packet[] = destinations.flatMap((destination) => [
  { destination },
  ...transports.map((transport) => ({ destination, transport })),
]);

const verdict = (of: PlanProfile | undefined, packet: Packet): Verdict | undefined =>
  of === undefined ? undefined : verdictIn(of, packet);

// Ports first, as nodes look them up.
function changeFor(changes: readonly ProfileChange[], { destination, transport }: Packet): ProfileChange | undefined {
  const ip = parseIp(destination);
  const at = changes.filter(({ range }) => ip !== undefined && rangeContains(range, ip));
  const named = at.find(({ ports }) => {
    return (
      ports?.protocol === transport?.protocol &&
      ports &&
      transport &&
      ports.port <= transport.port &&
      transport.port <= ports.endPort
    );
  });
  const covers = (each: Ports) =>
    transport !== undefined &&
    each.protocol === transport.protocol &&
    each.port <= transport.port &&
    transport.port <= each.endPort;
  return named ?? at.find(({ ports, except = [] }) => ports === undefined && !except.some(covers));
}

const cut = fc.record({
  range: fc.constantFrom('10.0.0.0/9', '10.1.2.0/24', '::/1').map((text): Cut['range'] => {
    const range = parseRange(text);
    if (range === undefined) throw new Error(text);
    return range;
  }),
  ports: fc.subarray([{ protocol: 'TCP' as const, port: 8050, endPort: 9000 }]),
});

test('names exactly the packets that meet something else, with both verdicts', () => {
  fc.assert(
    fc.property(profile, profile, fc.array(cut, { maxLength: 2 }), (before, after, cuts) => {
      const changes = compareProfiles(before, after, cuts);
      for (const packet of packets) {
        const [old, next] = [verdict(before, packet), verdict(after, packet)];
        const found = changeFor(changes, packet);
        if (JSON.stringify(old) !== JSON.stringify(next)) expect(found).toMatchObject({ before: old, after: next });
        else expect(found).toBeUndefined();
      }
    }),
  );
});

test('equal profiles do not differ', () => {
  fc.assert(
    fc.property(profile, (one) => {
      expect(compareProfiles(one, one)).toEqual([]);
    }),
  );
});

test('cuts divide changes, and make none', () => {
  const all = profileOf([{ ...anyRule, gatewayUid: 'a' }], decide);
  const range = parseRange('10.0.0.0/8');
  if (range === undefined) throw new Error('unreachable');
  expect(compareProfiles(all, all, [{ range, ports: [] }])).toEqual([]);
  const found = compareProfiles(undefined, all, [{ range, ports: [{ protocol: 'TCP', port: 80, endPort: 80 }] }]);
  expect(found.map((change) => `${formatRange(change.range)} ${change.ports?.port ?? 'any'}`)).toEqual([
    '0.0.0.0-9.255.255.255 any',
    '10.0.0.0/8 80',
    '10.0.0.0/8 any',
    '11.0.0.0-255.255.255.255 any',
    '::/0 any',
  ]);
});

const anyRule: GatewayRule = {
  gatewayUid: 'a',
  route: { kind: 'EgressRoute', namespace: 'shop', name: 'r' },
  ...{ created: '2026-01-01T00:00:00Z', rule: 0, match: 0 },
};
