import { expect, test } from 'vitest';
import type { NodeLink } from '../../../src/agent/node-addresses.ts';
import { explainUnderlay, underlayOf } from '../../../src/agent/underlay.ts';

const link = (device: string, ...addresses: readonly string[]): NodeLink => ({
  ...{ device, addresses, mtu: 1500, isUp: true, carrier: true, subnets: [] },
});
const links = [link('eth0', '192.0.2.11'), link('eth1', '2001:db8:2::11')];
const dual = { name: 'a', index: 1, address4: '192.0.2.11', address6: '2001:db8:2::11', mac: '02:ec:00:00:00:01' };
const { address6: _, ...four } = dual;

test('the link of the family that the tunnel addresses have, IPv4 before there are any', () => {
  expect(underlayOf({ node: dual, tunnelAddresses: [] }, links)?.device).toBe('eth0');
  expect(underlayOf({ node: dual, tunnelAddresses: ['198.19.255.241'] }, links)?.device).toBe('eth0');
  expect(underlayOf({ node: dual, tunnelAddresses: ['fd5a:11:9f:ffff::1'] }, links)?.device).toBe('eth1');
});

test('a node without that family has none, and is told what to do', () => {
  const plan = { node: four, tunnelAddresses: ['fd5a:11:9f:ffff::1'] };
  expect(underlayOf(plan, links)).toBeUndefined();
  expect(explainUnderlay(plan)).toContain('nodes tunnel by IPv6, and this one has no IPv6 InternalIP');
  expect(explainUnderlay({ ...plan, node: dual })).toBe('no link of this node has its address 2001:db8:2::11');
});
