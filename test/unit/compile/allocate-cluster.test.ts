import { expect, test } from 'vitest';
import type { Gateway } from '../../../src/api/gateway.ts';
import { apiGroup } from '../../../src/api/names.ts';
import { settle } from '../../../src/preview/settle.ts';
import { cluster, egressClass, gateway, gatewayClass, meta, node, pool, snapshot } from '../../support/objects.ts';

const programmed = (
  status: { conditions: readonly { type: string; reason: string; message: string }[] } | undefined,
) => {
  const found = status?.conditions.find(({ type }) => type === 'Programmed');
  return `${found?.reason}: ${found?.message}`;
};

test('the fifteenth failover group is refused, the others work', () => {
  const classes = Array.from({ length: 15 }, (_, index) => `class-${String(index).padStart(2, '0')}`);
  const { plan } = settle(
    snapshot({
      pools: [pool('lab', ['192.0.2.100-192.0.2.149'])],
      gatewayClasses: classes.map((name) => gatewayClass(name, name)),
      egressClasses: classes.map((name) => egressClass({}, name)),
      gateways: classes.map((name) => gateway(`platform/${name}`, { gatewayClassName: name })),
    }),
  );
  expect(plan.placements.map(({ spec }) => spec.group).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 14 }, (_, index) => index + 1),
  );
  expect(programmed(plan.gateways[14]?.status)).toContain(
    'NoResources: all 14 failover groups, and with them VRRP router ids, are in use',
  );
  expect(plan.cluster?.status.conditions?.[1]).toMatchObject({
    type: 'sallyport.dev/Exhausted',
    status: 'True',
    message: 'no number is left for: failover group class-14/default/Default/false/0',
  });
});

test('300 kinds of Gateways on one network: ids are never given twice, the others are told what to do, and follow', () => {
  const kinds = Array.from({ length: 300 }, (_, index) => `class-${String(index).padStart(3, '0')}`);
  const start = snapshot({
    pools: [pool('lab', ['198.51.100.0/22'])],
    gatewayClasses: kinds.map((name) => gatewayClass(name, name)),
    egressClasses: kinds.map((name) => egressClass({}, name)),
    gateways: kinds.map((name) => gateway(`platform/${name}`, { gatewayClassName: name })),
  });
  const first = settle(start);
  const idsOf = ({ placements }: typeof first.plan) => placements.map(({ spec }) => spec.failover.virtualRouterId);
  expect(new Set(idsOf(first.plan)).size).toBe(14);
  expect(idsOf(first.plan).every((id) => id >= 1 && id <= 255)).toBe(true);
  const told = first.plan.gateways.map(({ status }) => programmed(status));
  expect(told.filter((text) => /^NoResources: all 14 failover groups.*share a group$/.test(text))).toHaveLength(286);
  const [gone, ...left] = first.snapshot.gateways;
  const later = { ...first.snapshot, gateways: left, now: start.now + 3_600_000 };
  const { plan } = settle({ ...settle(later).snapshot, now: start.now + 7_200_000 });
  expect([gone?.metadata.name, new Set(idsOf(plan)).size]).toEqual([kinds[0], 14]);
  expect(plan.placements.some(({ spec }) => spec.gateway.name === kinds[14])).toBe(true);
});

test('a group has 511 identities', () => {
  const gateways: Gateway[] = Array.from({ length: 512 }, (_, index) =>
    gateway(`platform/g-${String(index).padStart(3, '0')}`),
  );
  const nodes = [node('node-1', '192.0.2.11')];
  const { plan } = settle(snapshot({ nodes, pools: [pool('lab', ['198.51.100.0-198.51.103.255'])], gateways }));
  expect(plan.placements).toHaveLength(511);
  expect(programmed(plan.gateways[511]?.status)).toContain(
    'NoResources: all identities of failover group 1 are in use',
  );
});

test('a list of tunnel addresses that is too short is told', () => {
  const { plan } = settle(
    snapshot({
      cluster: cluster(
        { tunnel: { addresses: ['192.0.2.201'] } },
        { groups: [{ group: 1, key: 'another/default/Default/false/0' }] },
      ),
      gateways: [gateway('platform/partners')],
    }),
  );
  expect(programmed(plan.gateways[0]?.status)).toContain(
    'NoResources: spec.tunnel.addresses of EgressCluster has none for group 2',
  );
});

test('profile, preempt and network make groups of their own; the old placement holds until the new one is ready', () => {
  const parameters = [
    { metadata: meta('platform/fast'), spec: { failover: { profile: 'Fast' as const, preempt: true } } },
  ];
  const infrastructure = { parametersRef: { group: apiGroup, kind: 'EgressGatewayParameters', name: 'fast' } };
  const first = settle(snapshot({ parameters, gateways: [gateway('platform/a'), gateway('platform/b')] })).snapshot;
  expect(first.placements.map(({ spec }) => spec.group)).toEqual([1, 2]);
  const moved = { ...first, gateways: [gateway('platform/a'), gateway('platform/b', { infrastructure })] };
  const { plan } = settle(moved);
  // The number that b leaves rests.
  expect(plan.placements.map(({ spec }) => [spec.group, spec.failover])).toEqual([
    [1, { advertMilliseconds: 100, preempt: false, virtualRouterId: 1 }],
    [3, { advertMilliseconds: 10, preempt: false, virtualRouterId: 3 }],
  ]);
});
