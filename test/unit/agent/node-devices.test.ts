import { expect, test } from 'vitest';
import { parseNodeLinks } from '../../../src/agent/node-addresses.ts';
import { nodeDevices } from '../../../src/agent/node-devices.ts';
import type { PlanGroup } from '../../../src/compile/node-plan.ts';

const link = (ifname: string, ...addresses: readonly string[]) => ({
  ifname,
  mtu: 1500,
  flags: ['UP', 'LOWER_UP'],
  addr_info: addresses.map((text) => {
    const [local, prefixlen] = text.split('/');
    return { local, prefixlen: Number(prefixlen) };
  }),
});
const plan = {
  node: { name: 'node-1', index: 1, address4: '192.0.2.11', mac: '02:ec:00:00:00:01' },
  nodeAddresses: ['192.0.2.11', '192.0.2.12'],
  podRanges: ['10.244.1.0/24', 'fd00:10:244:1::/64'],
  judged: ['10.244.1.5', '192.0.2.77', '10.88.3.4'],
  groups: [],
};
const devicesOf = (...links: readonly ReturnType<typeof link>[]) =>
  nodeDevices(parseNodeLinks(JSON.stringify(links)), plan);

test("the device with the node's address is one by which nodes are near", () => {
  expect(devicesOf(link('eth0', '192.0.2.11/32'))).toEqual({ outer: ['eth0'], underlay: ['eth0'] });
});

test('so is another one in a network of nodes, and not one in another network', () => {
  const judged = plan.judged.filter((address) => address !== '192.0.2.77');
  const links = [link('eth0', '192.0.2.11/24'), link('eth2', '192.0.2.211/24'), link('eth1', '172.30.0.11/24')];
  const near = nodeDevices(parseNodeLinks(JSON.stringify(links)), { ...plan, judged });
  expect(near).toEqual({ outer: ['eth0', 'eth1', 'eth2'], underlay: ['eth0', 'eth2'] });
});

const pods: readonly [string, ReturnType<typeof link>][] = [
  ["a Pod's own, without an address", link('veth1')],
  ['with a link-local address alone', link('cali1', '169.254.1.1/32', 'fe80::1/64')],
  ["a bridge of Pods with an address in the node's Pod range", link('cni0', '10.244.1.1/24', 'fe80::1/64')],
  ['one of IPv6 Pods', link('cni0', 'fd00:10:244:1::1/64')],
  ['a bridge of Pods whose range the Node does not name', link('br0', '10.88.0.1/16')],
  ["where Pods share the node's own subnet", link('eth0', '192.0.2.11/24')],
  ['our own', link('egress0', '198.19.224.1/32')],
  ['the loopback', link('lo', '127.0.0.1/8', '192.0.2.11/32')],
  ['of a name that nft would not read', link('a"; flush', '203.0.113.1/24')],
];

test.each(pods)('none is %s', (_name, one) => {
  expect(devicesOf(one)).toEqual({ outer: [], underlay: [] });
});

test("a network's own is outside without an address, too: replies in flight still come to a former owner", () => {
  const of = (networkInterface: string) => ({ group: 1, vrrp: { networkInterface } }) as unknown as PlanGroup;
  const groups = [of('eth1'), of('egress0'), of('eth9'), { group: 2, egress4: '192.0.2.100' } as unknown as PlanGroup];
  const links = [link('eth0', '192.0.2.11/32'), link('eth1'), link('eth2'), link('egress0')];
  const near = nodeDevices(parseNodeLinks(JSON.stringify(links)), { ...plan, groups });
  expect(near).toEqual({ outer: ['eth0', 'eth1'], underlay: ['eth0'] });
});
