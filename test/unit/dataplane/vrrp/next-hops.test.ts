import { describe, expect, test } from 'vitest';
import type { NodePlan } from '../../../../src/compile/node-plan.ts';
import { findNextHop, hopQuestions, parseNextHops, renderNextHops } from '../../../../src/dataplane/vrrp/next-hops.ts';

const hops = [
  { name: 'eth0.100', device: 'eth0.100', address: '192.0.2.1' },
  { name: 'bond0-203.0.113.254', device: 'bond0', address: '203.0.113.254' },
];

describe('next-hops.json', () => {
  test('is read as it was written, whatever the order', () => {
    expect(parseNextHops(renderNextHops(hops))).toEqual(hops.toReversed());
    expect(renderNextHops(hops.toReversed())).toBe(renderNextHops(hops));
    expect(parseNextHops(renderNextHops([]))).toEqual([]);
  });

  test.each([
    '',
    '{}',
    '[1]',
    '[{"name":"eth0","device":"eth0"}]',
    '[{"name":"eth0","device":"../state","address":"192.0.2.1"}]',
    '[{"name":"eth0","device":"..","address":"192.0.2.1"}]',
    '[{"name":"eth0","device":"-w","address":"192.0.2.1"}]',
    '[{"name":"eth0","device":"eth0","address":"-f"}]',
    '[{"name":7,"device":"eth0","address":"192.0.2.1"}]',
    '[{"name":"../state","device":"eth0","address":"192.0.2.1"}]',
  ])('%s is refused', (text) => {
    expect(() => parseNextHops(text)).toThrow(SyntaxError);
  });
});

test('the file of an agent of before, without names: they are called as their devices, as its keepalived.conf has it', () => {
  expect(
    parseNextHops('[{"device":"eth0","address":"192.0.2.1"},{"device":"bond0.5","address":"172.30.0.1"}]'),
  ).toEqual([
    { name: 'eth0', device: 'eth0', address: '192.0.2.1' },
    { name: 'bond0.5', device: 'bond0.5', address: '172.30.0.1' },
  ]);
});

test('a file of an agent to come: what is not known is left out', () => {
  const text = '[{"name":"eth0","device":"eth0","address":"192.0.2.1","family":4}]';
  expect(parseNextHops(text)).toEqual([{ name: 'eth0', device: 'eth0', address: '192.0.2.1' }]);
});

describe('the next hops of a node', () => {
  const vrrp = { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
  const on = (network: object) => ({ group: 1, candidates: [], vrrp: { ...vrrp, ...network } });
  const both = ['192.0.2.100', '2001:db8:2::100'];
  const names = (...groups: NodePlan['groups']) => hopQuestions({ groups }, 'eth0').map(({ name }) => name);

  test('are one for each way out: two gateways on one interface are two, and none is asked for by others', () => {
    const own = (gateway4?: string) =>
      on({ networkInterface: 'eth1', routes: { kind: 'own', ...(gateway4 && { gateway4 }) } });
    expect(names(on({}), on({}), own('172.30.0.1'), own('172.30.0.2'), { group: 2, candidates: [] })).toEqual([
      'eth0',
      'eth1-172.30.0.1',
      'eth1-172.30.0.2',
    ]);
    expect(names(own(), on({ networkInterface: 'eth2.5', routes: { kind: 'table', table: 200 } }))).toEqual([
      'eth1-none',
      'eth2.5-table-200',
    ]);
    expect(names(on({ networkInterface: 'eth@1' }))).toEqual([]);
  });

  test('are of the families of the addresses: who has none of a family does not depend on its router', () => {
    const questions = (network: object) => hopQuestions({ groups: [on(network)] }, 'eth0')[0];
    const [four, six] = both.map((address) => [address]);
    expect(questions({ egressAddresses: four })).toMatchObject({ name: 'eth0', families: [4] });
    expect(questions({ egressAddresses: six })).toMatchObject({ name: 'eth0-ipv6', families: [6] });
    expect(questions({ egressAddresses: both })).toMatchObject({ name: 'eth0-dual', families: [4, 6] });
    const own = { networkInterface: 'eth1', routes: { kind: 'own', gateway4: '172.30.0.1', gateway6: 'fe80::1' } };
    expect(questions({ ...own, egressAddresses: both })).toMatchObject({
      name: 'eth1-172.30.0.1-fe80::1',
      addresses: ['172.30.0.1', 'fe80::1'],
    });
    expect(questions({ ...own, egressAddresses: six })).toMatchObject({ name: 'eth1-fe80::1', addresses: ['fe80::1'] });
  });
});

describe("a device's next hop", () => {
  const routes = (...all: readonly object[]) => JSON.stringify(all.map((route) => ({ dst: 'default', ...route })));

  test('is that of its first default route', () => {
    const text = routes(
      { dev: 'eth1', gateway: '172.30.0.1' },
      { dev: 'eth0', gateway: '192.0.2.1', metric: 100 },
      { dev: 'eth0', gateway: '192.0.2.2', metric: 200 },
    );
    expect(findNextHop(text, 'eth0')).toEqual({ device: 'eth0', address: '192.0.2.1' });
    expect(findNextHop(text, 'eth2')).toBeUndefined();
  });

  test('of IPv6 likewise, but not where several routers advertise themselves', () => {
    const one = { dev: 'eth0', gateway: 'fe80::1', metric: 1024 };
    expect(findNextHop(routes(one, { ...one, gateway: 'fe80::2', metric: 2048 }), 'eth0')).toEqual({
      device: 'eth0',
      address: 'fe80::1',
    });
    expect(findNextHop(routes(one, { ...one, gateway: 'fe80::2' }), 'eth0')).toBeUndefined();
  });

  test.each([
    ['no route', ''],
    ['no list', '{}'],
    ['no router', routes({ dev: 'eth0', scope: 'link' })],
    ['an IPv6 router', routes({ dev: 'eth0', via: { family: 'inet6', host: 'fe80::1' } })],
    [
      'several routers',
      routes({ nexthops: [{ dev: 'eth0', gateway: '192.0.2.1' }] }, { dev: 'eth0', gateway: '192.0.2.9', metric: 100 }),
    ],
  ])('none with %s', (_, text) => {
    expect(findNextHop(text, 'eth0')).toBeUndefined();
  });
});
