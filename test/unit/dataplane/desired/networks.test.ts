import { expect, test } from 'vitest';
import type { NodePlan } from '../../../../src/compile/node-plan.ts';
import { networkRoutes } from '../../../../src/dataplane/desired/networks.ts';

const vrrp = { networkInterface: 'eth1', routes: { kind: 'own', gateway4: '172.30.0.1' } };
const plan = { groups: [{ group: 2, vrrp }] } as unknown as NodePlan;
const kindsBy = (isUp: boolean) =>
  networkRoutes(plan, [{ device: 'eth1', isUp, subnets: ['172.30.0.0/24'] }], 4).map(({ kind }) => kind);

test("a network's table ends in silence: a Pod's SYN is sent again where an error would end its connection", () => {
  expect(kindsBy(true)).toEqual(['unicast', 'unicast', 'blackhole']);
});

test('the kernel refuses routes by a link that is down: there are none', () => {
  expect(kindsBy(false)).toEqual(['blackhole']);
});
