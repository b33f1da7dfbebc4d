import { expect, test } from 'vitest';
import { createOwnerRules } from '../../../src/agent/owner-rules.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

const vrrp = { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
const planOf = (...groups: readonly number[]) =>
  ({
    marks: { mask: 0x1fff },
    groups: groups.map((group) => ({ group, tunnel4: `198.19.255.24${group}`, candidates: [], vrrp })),
  }) as unknown as NodePlan;
const rule = (priority: number, fwmark: string, table = '1001') => ({
  priority,
  src: 'all',
  fwmark,
  fwmask: '0x1e00',
  table,
});

/** A node with these rules and addresses; what is deleted is noted. */
function setUp(state: { rules: readonly object[]; addresses: readonly string[] }) {
  const deleted: string[] = [];
  const runner = createFakeRunner(({ args }) => {
    if (args.includes('del')) {
      deleted.push(args.join(' '));
      return {};
    }
    if (args.includes('addr')) {
      return { stdout: JSON.stringify([{ ifname: 'eth0', addr_info: state.addresses.map((local) => ({ local })) }]) };
    }
    return { stdout: JSON.stringify(args.includes('-4') ? state.rules : []) };
  });
  const rules = createOwnerRules({ runner, log: silentLog });
  return { deleted, runner, check: (plan: NodePlan) => rules.check(plan, new Set(state.addresses)) };
}

test('removes the rules of groups that are not here, by mark, and no others', async () => {
  const rules = [
    rule(95, '0x200'),
    rule(95, '0x400'),
    rule(95, '0x600'),
    rule(100, '0x400', '1000'),
    rule(95, '0x400', '7'),
  ];
  const { deleted, check } = setUp({ rules, addresses: ['198.19.255.241'] });
  // Group 1 is owned, 2 stood by for, 3 is no business of this node any more.
  await check(planOf(1, 2));
  expect(deleted).toEqual([
    '-4 rule del priority 95 fwmark 0x400/0x1e00 table 1001',
    '-4 rule del priority 95 fwmark 0x600/0x1e00 table 1001',
  ]);
});

test('looks again only when a group or a tunnel address came or went', async () => {
  const state = { rules: [], addresses: ['198.19.255.241', '192.0.2.11'] };
  const { runner, check } = setUp(state);
  await check(planOf(1, 2));
  const spawned = runner.calls.length;
  state.addresses = ['198.19.255.241', '192.0.2.11', '192.0.2.100'];
  await check(planOf(1, 2));
  expect(runner.calls.length).toBe(spawned);
  state.addresses = ['192.0.2.11'];
  await check(planOf(1, 2));
  expect(runner.calls.length).toBe(2 * spawned);
  await check(planOf(1));
  expect(runner.calls.length).toBe(3 * spawned);
});

test('what is not removed is looked for again', async () => {
  const { runner, deleted, check } = setUp({ rules: [rule(95, '0x200')], addresses: [] });
  let broken = true;
  runner.on(({ args }) => (args.includes('del') && broken ? { exitCode: 1, stderr: 'busy' } : undefined));
  await expect(check(planOf())).rejects.toThrow();
  broken = false;
  await check(planOf());
  expect(deleted).toHaveLength(1);
});
