import { describe, expect, test } from 'vitest';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import { createStaleFlows, graceMs } from '../../../src/agent/stale-flows.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import type { Conntrack } from '../../../src/dataplane/conntrack/exec.ts';
import type { Flow } from '../../../src/dataplane/conntrack/model.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeConntrack } from '../../support/fake-conntrack.ts';
import { silentLog } from '../../support/silent-log.ts';

const vrrp = { virtualRouterId: 1, priority: 200, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
const tunnel = (group: number) => `198.19.255.24${group}`;
const planOf = (candidateOf: readonly number[], others: readonly number[] = []) =>
  ({
    marks: { mask: 0x1fff },
    tunnel: { port: 8479 },
    transit: { ipv4: '198.18.0.0/15', ipv6: 'fd5a:11:9f::/48' },
    groups: [
      ...candidateOf.map((group) => ({ group, tunnel: tunnel(group), candidates: [], vrrp })),
      ...others.map((group) => ({ group, tunnel: tunnel(group), candidates: [] })),
    ],
  }) as unknown as NodePlan;

const flow = (source: string, mark: number): Flow => ({
  family: source.includes(':') ? 6 : 4,
  protocol: 6,
  source,
  destination: '198.51.100.10',
  sourcePort: 40_000,
  reply: { source: '198.51.100.10', destination: '192.0.2.100' },
  mark,
  assured: true,
  replied: true,
});
/** Of group 1 on the gateway hop in both families and of its pod hop; of group 2; of nobody. */
const flows = {
  gateway4: flow('198.18.32.1', 0x0001_0201),
  gateway6: flow('fd5a:11:9f::1', 0x202),
  pod: flow('10.244.1.2', 0x201),
  other: flow('198.18.64.1', 0x401),
  node: flow('192.0.2.11', 0),
};

function setUp(change: (conntrack: Conntrack) => Partial<Conntrack> = () => ({})) {
  const conntrack = createFakeConntrack(Object.values(flows));
  let asked = 0;
  const counted: Conntrack = {
    ...conntrack,
    remove: (selectors) => {
      asked += 1;
      return conntrack.remove(selectors);
    },
  };
  const clock = createFakeClock();
  const metrics = registerMetrics(createMetrics());
  const stale = createStaleFlows({ conntrack: { ...counted, ...change(counted) }, clock, metrics, log: silentLog });
  const owns = (...groups: readonly number[]) => new Set(['192.0.2.11', ...groups.map(tunnel)]);
  return { conntrack, clock, check: stale.check, owns, asked: () => asked, left: () => conntrack.flows };
}
const { gateway4, gateway6, pod, other, node } = flows;

describe('flows of a failover group that others own', () => {
  test('are forgotten a grace period after the group was lost: of both families, and no others', async () => {
    const { check, clock, owns, left } = setUp();
    const plan = planOf([1, 2]);
    expect(await check(plan, owns(1, 2))).toBeUndefined();
    await clock.advance(60_000);
    expect(await check(plan, owns(2))).toBe(graceMs);
    await clock.advance(graceMs - 1);
    expect(await check(plan, owns(2))).toBe(1);
    expect(left()).toEqual([gateway4, gateway6, pod, other, node]);
    await clock.advance(1);
    expect(await check(plan, owns(2))).toBeUndefined();
    expect(left()).toEqual([pod, other, node]);
  });

  test('nothing is asked of the kernel again until the group was owned and lost once more', async () => {
    const { check, clock, owns, asked } = setUp();
    const plan = planOf([1]);
    await check(plan, owns());
    await clock.advance(graceMs);
    for (let round = 0; round < 5; round++) await check(plan, owns());
    expect(asked()).toBe(1);
    await check(plan, owns(1));
    await clock.advance(60_000);
    await check(plan, owns(1));
    expect(asked()).toBe(1);
    expect(await check(plan, owns())).toBe(graceMs);
    await clock.advance(graceMs);
    await check(plan, owns());
    expect(asked()).toBe(2);
  });

  test('stay when the group comes back within the grace period', async () => {
    const { check, clock, owns, left } = setUp();
    const plan = planOf([1]);
    await check(plan, owns(1));
    await check(plan, owns());
    await clock.advance(graceMs - 1);
    expect(await check(plan, owns(1))).toBeUndefined();
    await clock.advance(60_000);
    await check(plan, owns(1));
    expect(left()).toHaveLength(5);
  });

  test('stay as long as the node could not own the group: nobody else need own it then', async () => {
    const { check, clock, owns, left } = setUp();
    const plan = planOf([1]);
    const dead = { isServed: () => false, replicates: true };
    await check(plan, owns(1));
    for (let round = 0; round < 5; round++) {
      expect(await check(plan, owns(), dead)).toBe(graceMs);
      await clock.advance(graceMs);
    }
    expect(left()).toHaveLength(5);
    await check(plan, owns(), dead);
    expect(await check(plan, owns())).toBe(graceMs);
    await clock.advance(graceMs);
    await check(plan, owns());
    expect(left()).toEqual([pod, other, node]);
  });

  test('go when the node is no candidate any more', async () => {
    const { check, clock, owns, left } = setUp();
    await check(planOf([1]), owns(1));
    expect(await check(planOf([], [1]), owns())).toBe(graceMs);
    await clock.advance(graceMs);
    expect(await check(planOf([]), owns())).toBeUndefined();
    expect(left()).toEqual([pod, other, node]);
  });

  test('are left to the failover process where they are replicated, until this node replicates them no more', async () => {
    const { check, clock, owns, asked, left } = setUp();
    const candidate = (n: number) => ({ node: `node-${n}`, address: `192.0.2.1${n}`, priority: 200 - n });
    const planWith = (...nodes: readonly number[]) => {
      const plan = planOf([1]);
      const groups = plan.groups.map((group) => ({ ...group, candidates: nodes.map(candidate) }));
      return { ...plan, node: { name: 'node-1' }, groups } as unknown as NodePlan;
    };
    expect(await check(planWith(1, 2), owns())).toBeUndefined();
    expect(await check(planWith(1, 2), owns(1))).toBeUndefined();
    expect(await check(planWith(1, 2), owns())).toBeUndefined();
    await clock.advance(60_000);
    expect(await check(planWith(2, 1, 3), owns())).toBeUndefined();
    expect(asked()).toBe(0);
    expect(await check(planWith(2, 3, 1), owns())).toBe(graceMs);
    await clock.advance(graceMs);
    await check(planWith(2, 3, 1), owns());
    expect(left()).toEqual([pod, other, node]);
  });

  test('are not left to a failover process of before conntrackd, which says nothing of flows', async () => {
    const { check, clock, owns, left } = setUp();
    const candidates = [1, 2].map((n) => ({ node: `node-${n}`, address: `192.0.2.1${n}`, priority: 200 - n }));
    const plan = planOf([1]);
    const groups = plan.groups.map((group) => ({ ...group, candidates }));
    const replicated = { ...plan, node: { name: 'node-1' }, groups } as unknown as NodePlan;
    const older = { isServed: () => true, replicates: false };
    await check(replicated, owns(1), older);
    expect(await check(replicated, owns(), older)).toBe(graceMs);
    await clock.advance(graceMs);
    expect(await check(replicated, owns(), older)).toBeUndefined();
    expect(left()).toEqual([pod, other, node]);
  });

  test('go once on a node that has become a candidate, now or again', async () => {
    const { check, clock, owns, asked } = setUp();
    expect(await check(planOf([], [1]), owns())).toBeUndefined();
    for (const turn of [1, 2]) {
      expect(await check(planOf([1]), owns())).toBe(graceMs);
      await clock.advance(graceMs);
      await check(planOf([1]), owns());
      expect(asked()).toBe(turn);
      expect(await check(planOf([]), owns())).toBeUndefined();
    }
  });

  test('that could not be deleted are tried again', async () => {
    let failures = 1;
    const { check, clock, owns, left } = setUp((conntrack) => ({
      remove: async (selectors) => {
        if (failures-- > 0) throw new Error('no memory');
        return await conntrack.remove(selectors);
      },
    }));
    await check(planOf([1]), owns());
    await clock.advance(graceMs);
    await expect(check(planOf([1]), owns())).rejects.toThrow('no memory');
    expect(await check(planOf([1]), owns())).toBeUndefined();
    expect(left()).toEqual([pod, other, node]);
  });
});
