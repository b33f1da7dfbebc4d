import { expect, test } from 'vitest';
import type { NodePlan } from '../../../../src/compile/node-plan.ts';
import { renderConntrackd } from '../../../../src/dataplane/replication/render.ts';

const plan = {
  node: { name: 'node-1' },
  tunnel: { port: 8479 },
  transit: { ipv4: '198.18.0.0/15', ipv6: 'fd5a:11:9f::/48' },
  groups: [1, 2].map((group) => ({
    group,
    tunnel: `198.19.255.24${group}`,
    candidates: [1, 2].map((n) => ({ node: `node-${n}`, address: `192.0.2.1${n}`, priority: 200 - n })),
    vrrp: { virtualRouterId: group, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [] },
  })),
} as unknown as NodePlan;

test("one per group, with the group's own range, port and files", () => {
  const configs = renderConntrackd(plan, 'eth0', '/run/sallyport');
  expect([...configs.keys()]).toEqual([1, 2]);
  expect(configs.get(1)).toContain('198.18.32.0/19');
  expect(configs.get(2)).toContain('198.18.64.0/19');
  expect(configs.get(2)).toContain('Port 8482');
  expect(configs.get(2)).toContain('/run/sallyport/failover/conntrackd-2.ctl');
});

test('none where conntrackd could not read the name of the device, or the path of its socket', () => {
  expect(renderConntrackd(plan, 'bond0:1', '/run/sallyport').size).toBe(0);
  expect(renderConntrackd(plan, 'eth0', `/${'a'.repeat(100)}`).size).toBe(0);
});
