import { expect, test } from 'vitest';
import { createFailoverMetrics } from '../../../src/agent/failover-metrics.ts';
import { registerMetrics } from '../../../src/agent/metrics.ts';
import type { Role } from '../../../src/agent/report.ts';
import { selectPlan } from '../../../src/compile/select.ts';
import type { FailoverState } from '../../../src/dataplane/vrrp/state.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { viewOf } from '../../support/dataplane-case.ts';

const { plan } = selectPlan(
  viewOf({
    cluster: {
      metadata: { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      ...{ spec: {}, status: { clusterRanges: [] } },
    },
    node: 'node-1',
    nodes: [{ name: 'node-1', index: 1, addresses: ['192.0.2.11'] }],
    namespaces: [],
    placements: [513, 1025].map((id) => ({ uid: `g${id}`, id, ipv4: `192.0.2.${id % 256}`, candidates: ['node-1'] })),
  }),
);
const running: FailoverState = { running: true, dead: [] };
const took = (count: number, lastMs: number): FailoverState => ({
  ...running,
  takeovers: [
    { group: 1, cause: 'silence', count, lastMs },
    { group: 2, cause: 'vacant', count: 1, lastMs: 0 },
  ],
});

function setUp() {
  const registry = createMetrics();
  const metrics = createFailoverMetrics(registerMetrics(registry));
  const tell = (state: FailoverState, addresses: readonly string[] = [], roles: readonly [number, Role][] = []) =>
    metrics.tell({ plan, addresses: new Set(addresses), roles: new Map(roles), state });
  const series = async () =>
    (await registry.expose()).text.split('\n').filter((line) => /^sallyport_failover_/.test(line));
  return { tell, leave: () => metrics.tell(undefined), series };
}

test('who owns, and who could not; a node that is no candidate any more says neither', async () => {
  const { tell, leave, series } = setUp();
  expect(await series()).toEqual(['sallyport_failover_corrections_total 0']);
  tell(
    { ...running, isUrgent: true },
    ['198.19.255.241'],
    [
      [1, 'Owner'],
      [2, 'Fault'],
    ],
  );
  expect(await series()).toEqual(
    expect.arrayContaining([
      'sallyport_failover_group_owner{group="1"} 1',
      'sallyport_failover_group_owner{group="2"} 0',
      'sallyport_failover_group_fault{group="1"} 0',
      'sallyport_failover_group_fault{group="2"} 1',
      'sallyport_failover_real_time 1',
    ]),
  );
  leave();
  // Counters stay: a group may come back.
  expect((await series()).filter((line) => !line.startsWith('sallyport_failover_takeovers_total'))).toEqual([
    'sallyport_failover_corrections_total 0',
  ]);
});

test('takeovers are counted, and timed but for those of before this process and of groups that nobody had', async () => {
  const { tell, series } = setUp();
  const silence = 'sallyport_failover_takeovers_total{group="1",cause="silence"}';
  const timed = 'sallyport_failover_takeover_seconds_count{cause="silence"}';
  tell(took(3, 400));
  expect(await series()).toContain(`${silence} 3`);
  expect((await series()).filter((line) => line.startsWith(timed))).toEqual([]);
  tell(took(4, 371));
  tell(took(4, 371));
  expect(await series()).toEqual(
    expect.arrayContaining([
      `${silence} 4`,
      `${timed} 1`,
      'sallyport_failover_takeover_seconds_sum{cause="silence"} 0.371',
      'sallyport_failover_takeovers_total{group="2",cause="vacant"} 1',
    ]),
  );
  // The failover process began anew.
  tell(took(1, 300));
  expect(await series()).toEqual(expect.arrayContaining([`${silence} 5`, `${timed} 2`]));
  expect((await series()).filter((line) => line.includes('takeover_seconds') && line.includes('vacant'))).toEqual([]);
});

test('corrections only grow', async () => {
  const { tell, series } = setUp();
  for (const corrected of [2, 3, 1]) tell({ ...running, corrected });
  expect(await series()).toContain('sallyport_failover_corrections_total 4');
});
