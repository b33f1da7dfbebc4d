import { describe, expect, test } from 'vitest';
import { poolAddressType } from '../../../src/api/names.ts';
import { pairAddresses } from '../../../src/compile/address-pairs.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { settle } from '../../../src/preview/settle.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { gateway, namespace, pool, snapshot } from '../../support/objects.ts';

const asking = (...addresses: readonly { type?: string; value?: string }[]) =>
  gateway('platform/partners', { addresses });
const six = pool('six', ['2001:db8::10-2001:db8::1f']);
const lab = pool('lab', ['192.0.2.100-192.0.2.103']);

const outcome = (start: Partial<Snapshot>) => {
  const status = settleAll(snapshot({ pools: [lab, six], ...start })).plan.gateways[0]?.status;
  const find = (type: string) => status?.conditions.find((condition) => condition.type === type);
  return {
    addresses: status?.addresses.map(({ value }) => value).join(' '),
    accepted: find('Accepted')?.reason,
    programmed: find('Programmed')?.reason,
    message: find('Programmed')?.message,
  };
};

const cases: readonly [name: string, start: Partial<Snapshot>, addresses: string, programmed: string][] = [
  [
    'none asked for: one of each family there is',
    { gateways: [gateway('platform/partners')] },
    '192.0.2.100 2001:db8::10',
    'Programmed',
  ],
  [
    'IPv4 only where no pool has IPv6',
    { gateways: [gateway('platform/partners')], pools: [lab] },
    '192.0.2.100',
    'Programmed',
  ],
  [
    'IPv6 only where no pool has IPv4',
    { gateways: [gateway('platform/partners')], pools: [six] },
    '2001:db8::10',
    'Programmed',
  ],
  [
    'an empty value is one, too',
    { gateways: [asking({ value: '' }, {})] },
    '192.0.2.100 2001:db8::10 192.0.2.101 2001:db8::11',
    'Programmed',
  ],
  ['given in any spelling', { gateways: [asking({ value: '2001:DB8:0::1f' })] }, '2001:db8::1f', 'Programmed'],
  [
    'given and any',
    { gateways: [asking({}, { value: '192.0.2.100' })], pools: [lab] },
    '192.0.2.100 192.0.2.101',
    'Programmed',
  ],
  ['a named pool', { gateways: [asking({ type: poolAddressType, value: 'six' })] }, '2001:db8::10', 'Programmed'],
  ['a pool that is nobody', { gateways: [asking({ type: poolAddressType, value: 'nobody' })] }, '', 'AddressNotUsable'],
  [
    'a pool that is refused',
    {
      gateways: [asking({ type: poolAddressType, value: 'young' })],
      pools: [lab, pool('young', ['192.0.2.103-192.0.2.110'])],
    },
    '',
    'AddressNotUsable',
  ],
  ['the transit range', { gateways: [asking({ value: '198.18.0.1' })] }, '', 'AddressNotUsable'],
  ['no address', { gateways: [asking({ value: '192.0.2.1000' })] }, '', 'AddressNotUsable'],
  [
    'listed twice',
    { gateways: [asking({ value: '2001:db8::10' }, { value: '2001:db8:0::10' })] },
    '2001:db8::10',
    'AddressNotUsable',
  ],
  ['inside the cluster ranges', { gateways: [asking({ value: '192.0.2.11' })] }, '', 'AddressNotUsable'],
  ['outside all pools', { gateways: [asking({ value: '203.0.113.1' })] }, '', 'AddressNotUsable'],
  [
    'network address of a pool',
    { gateways: [asking({ value: '192.0.2.112' })], pools: [pool('lab', ['192.0.2.112/28'])] },
    '',
    'AddressNotUsable',
  ],
  [
    'of a pool of another network',
    { gateways: [asking({ value: '192.0.2.200' })], pools: [pool('dmz', ['192.0.2.200'], { network: 'dmz' })] },
    '',
    'AddressNotUsable',
  ],
  [
    'of a pool that is not assigned automatically',
    { gateways: [asking({ value: '192.0.2.200' })], pools: [pool('kept', ['192.0.2.200'], { autoAssign: false })] },
    '192.0.2.200',
    'Programmed',
  ],
  [
    'any, but no pool assigns',
    { gateways: [gateway('platform/partners')], pools: [pool('kept', ['192.0.2.200'], { autoAssign: false })] },
    '',
    'AddressNotAssigned',
  ],
  ['any, but no pool at all', { gateways: [gateway('platform/partners')], pools: [] }, '', 'AddressNotAssigned'],
  [
    'one good, one bad: what can be bound is',
    { gateways: [asking({ value: '203.0.113.1' }, { value: '192.0.2.102' })] },
    '192.0.2.102',
    'AddressNotUsable',
  ],
];

test.each(cases)('%s', (_, start, addresses, programmed) => {
  expect(outcome(start)).toMatchObject({ addresses, programmed, accepted: 'Accepted' });
});

test('an unsupported type comes before everything else', () => {
  expect(outcome({ gateways: [asking({ value: '203.0.113.1' }, { type: 'Hostname', value: 'x' })] })).toMatchObject({
    accepted: 'UnsupportedAddress',
    programmed: 'Invalid',
  });
});

test('a refused pool is named with the reason', () => {
  const pools = [lab, pool('young', ['192.0.2.103-192.0.2.110'])];
  const { message } = outcome({ gateways: [asking({ type: poolAddressType, value: 'young' })], pools });
  expect(message).toContain('pool young is refused: 192.0.2.103 belong to the older EgressAddressPool lab');
});

test('pools select namespaces', () => {
  const chosen = pool('lab', ['192.0.2.100'], { namespaceSelector: { matchLabels: { team: 'a' } } });
  const start = { gateways: [gateway('platform/partners')], pools: [chosen] };
  expect(outcome(start).programmed).toBe('AddressNotAssigned');
  expect(outcome({ ...start, namespaces: [namespace('platform', { team: 'a' })] }).programmed).toBe('Programmed');
});

describe('who gets an address that two ask for', () => {
  const older = { creationTimestamp: '2025-01-01T00:00:00Z' };
  const holders = (start: Snapshot) => {
    return settle(start)
      .snapshot.claims.map(({ spec }) => `${spec.address} ${spec.holder.name}`)
      .sort();
  };
  const fixed = { addresses: [{ value: '192.0.2.100' }] };

  test('the older one', () => {
    expect(holders(snapshot({ gateways: [gateway('a/young', fixed), gateway('z/old', fixed, older)] }))).toEqual([
      '192.0.2.100 old',
    ]);
  });

  test('who asks for it by value, before who takes any', () => {
    expect(holders(snapshot({ gateways: [gateway('a/young', fixed), gateway('z/old', {}, older)] }))).toEqual([
      '192.0.2.100 young',
      '192.0.2.101 old',
    ]);
  });

  test('who has it, before everybody', () => {
    const first = settle(snapshot({ gateways: [gateway('a/young')] })).snapshot;
    expect(holders({ ...first, gateways: [...first.gateways, gateway('z/old', fixed, older)] })).toEqual([
      '192.0.2.100 young',
    ]);
  });

  test('a claim object whose name is not its address is nobody’s', () => {
    const first = settle(snapshot({ gateways: [gateway('a/young')] })).snapshot;
    const lying = first.claims.map((claim) => ({ ...claim, metadata: { ...claim.metadata, name: '192.0.2.109' } }));
    expect(compile({ ...first, claims: lying }).claims.create.map(({ name }) => name)).toEqual(['192.0.2.100']);
  });
});

test('an identity is a pair: families of one wish, or the n-th given of each', () => {
  const start = snapshot({
    pools: [lab, six],
    gateways: [asking({ value: '192.0.2.102' }, { value: '192.0.2.101' }, {}, { value: '2001:db8::1a' })],
  });
  const identities = settle(start).snapshot.placements[0]?.spec.identities.map(({ ipv4, ipv6 }) => [ipv4, ipv6]);
  expect(identities).toEqual([
    ['192.0.2.102', '2001:db8::1a'],
    ['192.0.2.101', undefined],
    ['192.0.2.100', '2001:db8::10'],
  ]);
  expect(pairAddresses([])).toEqual([]);
});

test('an identity keeps its id while its address stays, whatever is asked for besides', () => {
  const idOf = (start: Snapshot) =>
    settle(start).snapshot.placements[0]?.spec.identities.find(({ ipv4 }) => ipv4 === '192.0.2.102')?.id;
  const two = settle(snapshot({ gateways: [asking({ value: '192.0.2.101' }, { value: '192.0.2.102' })] })).snapshot;
  expect(idOf(two)).toBe(514);
  expect(idOf({ ...two, gateways: [asking({ value: '192.0.2.102' })] })).toBe(514);
});
