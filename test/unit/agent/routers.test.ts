import { expect, test } from 'vitest';
import { createRouters } from '../../../src/agent/routers.ts';
import type { PlanGroup } from '../../../src/compile/node-plan.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';

const vrrp = { virtualRouterId: 1, priority: 190, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
const group = (more: Partial<NonNullable<PlanGroup['vrrp']>>): PlanGroup => ({
  group: 1,
  tunnel: '198.19.255.241',
  candidates: [],
  vrrp: { ...vrrp, ...more },
});
const routes = { '-4': '[{"dst":"default","gateway":"192.0.2.1","dev":"eth0"}]', '-6': '[{"gateway":"FE80::1"}]' };

test('candidates keep the MACs of their routers, of both families and all networks, once until routes change', async () => {
  const runner = createFakeRunner(({ args }) => ({ stdout: args.includes('-6') ? routes['-6'] : routes['-4'] }));
  const routers = createRouters({ runner });
  const plan = {
    groups: [group({}), group({ networkInterface: 'eth1', routes: { kind: 'own', gateway4: '172.30.0.1' } })],
  };
  await routers.keep({ groups: [{ group: 1, candidates: [] }] }, 'eth0');
  expect(runner.calls).toEqual([]);
  await routers.keep(plan, 'eth0');
  const kept = () => runner.calls.map(({ args }) => args.join(' ')).filter((line) => line.startsWith('neigh'));
  const all = [
    'neigh replace 192.0.2.1 dev eth0 managed',
    'neigh replace fe80::1 dev eth0 managed',
    'neigh replace 172.30.0.1 dev eth1 managed',
  ];
  expect(kept()).toEqual(all);
  const before = runner.calls.length;
  await routers.keep(plan, 'eth0');
  expect(runner.calls.length).toBe(before);
  routers.forget();
  await routers.keep(plan, 'eth0');
  expect(kept()).toEqual([...all, ...all]);
});
