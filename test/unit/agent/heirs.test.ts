import { expect, test } from 'vitest';
import { createHeirs, heirsOf } from '../../../src/agent/heirs.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';

const vrrp = { virtualRouterId: 1, priority: 190, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
const candidate = (place: number, priority: number) => ({
  node: `node-${place}`,
  address: `192.0.2.1${place}`,
  priority,
});
const tunnel = '198.19.255.241';
type Seen = Pick<NodePlan, 'node' | 'groups'>;
const planWith = (...candidates: readonly ReturnType<typeof candidate>[]): Seen => ({
  node: { name: 'node-1', index: 1, address4: '192.0.2.11', mac: '02:ec:00:00:00:01' },
  groups: [{ group: 1, tunnel, candidates, vrrp }],
});
const plan = planWith(candidate(1, 190), candidate(2, 200), candidate(3, 180));
const held = new Set([tunnel]);

test('the heir is the best of the others, of groups that this node owns', () => {
  expect(heirsOf(plan, held)).toEqual([{ tunnelAddress: tunnel, address: '192.0.2.12' }]);
  expect(heirsOf(planWith(candidate(1, 200), candidate(2, 190), candidate(3, 195)), held)).toMatchObject([
    { address: '192.0.2.13' },
  ]);
  expect(heirsOf(plan, new Set())).toEqual([]);
  expect(heirsOf(planWith(candidate(1, 200)), held)).toEqual([]);
});

test('the kernel is told once for each heir, as soon as its MAC is known, and again after the group was elsewhere', async () => {
  let known = '[]';
  const runner = createFakeRunner(({ args }) => ({ stdout: args.includes('show') ? known : '' }));
  const heirs = createHeirs({ runner });
  const told = () => runner.calls.map(({ args }) => args.join(' ')).filter((line) => line.includes('replace'));
  await heirs.tell(plan, held, 'eth0');
  expect(told()).toEqual([]);
  known = '[{"dst":"192.0.2.12","lladdr":"0a:00:00:00:00:02","state":["REACHABLE"]}]';
  await heirs.tell(plan, held, 'eth0');
  const line = `neigh replace ${tunnel} lladdr 0a:00:00:00:00:02 dev eth0 nud stale`;
  expect(told()).toEqual([line]);
  const before = runner.calls.length;
  await heirs.tell(plan, held, 'eth0');
  expect(runner.calls.length).toBe(before);
  await heirs.tell(plan, new Set(), 'eth0');
  await heirs.tell(plan, held, 'eth0');
  expect(told()).toEqual([line, line]);
});
