import { expect, test } from 'vitest';
import type { EgressClass } from '../../../src/api/kinds.ts';
import type { EgressPlan } from '../../../src/compile/egress-plan.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { egressClass, gateway, pool, snapshot } from '../../support/objects.ts';

const peer4 = { address: '192.0.2.1', asn: 65_000 };
const peer6 = { address: '2001:db8:2::1', asn: 65_000 };
const routed = (...peers: readonly (typeof peer4)[]): EgressClass['spec'] => ({
  networks: [{ name: 'default', announce: 'BGP', bgp: { localASN: 65_001, peers } }],
});
const dual = { addresses: ['172.29.7.16', '2001:db8:77::10'].map((value) => ({ type: 'IPAddress', value })) };

/** Two Gateways of one network: the first wants both families, the second IPv4 alone. */
const settled = (spec: EgressClass['spec']) => {
  const gateways = [gateway('platform/dual', dual), gateway('platform/plain')];
  const pools = [
    pool('four', ['172.29.7.16-172.29.7.31']),
    pool('six', ['2001:db8:77::10-2001:db8:77::1f'], { autoAssign: false }),
  ];
  return settleAll(snapshot({ egressClasses: [egressClass(spec)], pools, gateways }), []).plan;
};
const programmed = (plan: EgressPlan, name: string) => {
  const conditions = plan.gateways.find(({ ref }) => ref.name === name)?.status.conditions;
  const found = conditions?.find(({ type }) => type === 'Programmed');
  return `${found?.status} ${found?.reason}: ${found?.message}`;
};
const placed = (plan: EgressPlan) =>
  plan.placements.map(({ spec }) => [
    spec.gateway.name,
    spec.identities.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== undefined)),
  ]);

test('an address of a family without peers is refused; the rest of its Gateway, and all others, work', () => {
  const plan = settled(routed(peer4));
  expect(programmed(plan, 'dual')).toBe(
    'False AddressNotUsable: nobody can be told of 2001:db8:77::10: no BGP peer of network default is an IPv6 one; add one to the network in EgressClass egress, or leave the addresses out',
  );
  expect(programmed(plan, 'plain')).toMatch(/^True/);
  expect(placed(plan)).toEqual([
    ['dual', ['172.29.7.16']],
    ['plain', ['172.29.7.17']],
  ]);
});

test('a Gateway of which nothing is left is not placed', () => {
  const plan = settled(routed(peer6));
  expect(programmed(plan, 'plain')).toContain('no BGP peer of network default is an IPv4 one');
  expect(placed(plan)).toEqual([['dual', ['2001:db8:77::10']]]);
});

test('with peers of both families, and where nothing is announced by BGP, all is placed', () => {
  for (const spec of [routed(peer4, peer6), {}]) {
    const plan = settled(spec);
    expect([programmed(plan, 'dual'), programmed(plan, 'plain')]).toEqual([
      expect.stringMatching(/^True/),
      expect.stringMatching(/^True/),
    ]);
    expect(placed(plan).flat(2)).toContain('2001:db8:77::10');
  }
});
