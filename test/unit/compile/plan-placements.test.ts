import { expect, test } from 'vitest';
import type { ReportedGroup } from '../../../src/api/kinds.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { settle } from '../../../src/preview/settle.ts';
import { settleAll } from '../../support/apply-plan.ts';
import { egressClass, gateway, snapshot } from '../../support/objects.ts';

const done = settleAll(snapshot({ gateways: [gateway('platform/partners')] })).snapshot;
const said = ({ placements: [placement] }: Snapshot) => {
  const { candidates = [], failover } = placement?.spec ?? {};
  const each = candidates.map(
    ({ node, priority, joining, leaving }) =>
      `${node} ${priority}${joining === true ? ' joining' : ''}${leaving === true ? ' leaving' : ''}`,
  );
  return [...each, ...(failover?.preempt === true ? ['handover'] : [])];
};
const generation = ({ placements: [placement] }: Snapshot) => placement?.metadata.generation;

/** What follows when the nodes say these roles, and who has applied the placement as it is. */
function follow(
  state: Snapshot,
  roles: Readonly<Record<string, ReportedGroup['role']>>,
  applied: readonly string[],
): Snapshot {
  const reports = state.reports.map((report) => {
    const { name } = report.metadata;
    const role = roles[name];
    const gateways = (report.status?.gateways ?? []).map((one) =>
      applied.includes(name) ? { ...one, placement: generation(state) ?? 0 } : one,
    );
    return {
      ...report,
      status: { ...report.status, gateways, groups: role === undefined ? [] : [{ group: 1, role }] },
    };
  });
  return settle({ ...state, reports }).snapshot;
}

test('a drain: the heir comes first and nothing else changes until it owns; then a newcomer joins, and speaks when the owner knows it', () => {
  expect(said(done)).toEqual(['node-2 200', 'node-3 190']);
  const nodes = done.nodes.map((node) =>
    node.metadata.name === 'node-2' ? { ...node, spec: { unschedulable: true } } : node,
  );
  const leaving = settle({ ...done, nodes }).snapshot;
  const handover = ['node-2 200', 'node-3 210', 'handover'];
  expect(said(leaving)).toEqual(handover);
  const between = follow(leaving, { 'node-2': 'Standby', 'node-3': 'Standby' }, ['node-2', 'node-3']);
  expect([said(between), generation(between)]).toEqual([handover, generation(leaving)]);
  const owned = follow(between, { 'node-2': 'Standby', 'node-3': 'Owner' }, []);
  expect(said(owned)).toEqual(['node-3 200', 'node-1 190 joining', 'node-2 180']);
  // One step: the old order was not written once more between.
  expect(generation(owned)).toBe((generation(leaving) ?? 0) + 1);
  expect(said(follow(owned, { 'node-2': 'Standby', 'node-3': 'Owner' }, ['node-1', 'node-2']))).toEqual(said(owned));
  const joined = follow(owned, { 'node-2': 'Standby', 'node-3': 'Owner' }, ['node-3']);
  expect(said(joined)).toEqual(['node-3 200', 'node-1 190', 'node-2 180']);

  // It may own again: there is one too many, and the others send it adverts until it says that it speaks no more.
  const back = settle({ ...joined, nodes: done.nodes }).snapshot;
  const roles = { 'node-1': 'Standby', 'node-2': 'Standby', 'node-3': 'Owner' } as const;
  const going = ['node-3 200', 'node-1 190', 'node-2 1 leaving'];
  expect(said(back)).toEqual(going);
  expect(said(follow(back, roles, ['node-1', 'node-3']))).toEqual(going);
  expect(said(follow(back, roles, ['node-2']))).toEqual(['node-3 200', 'node-1 190']);
});

test('when no node is selected any more, those that were leave, and the Gateway says why it does not work', () => {
  const none = {
    ...done,
    egressClasses: [egressClass({ gatewayNodes: { nodeSelector: { matchLabels: { gateway: 'yes' } } } })],
  };
  const { snapshot: after, plan } = settle(none);
  expect(said(after)).toEqual(['node-2 1 leaving', 'node-3 1 leaving']);
  const [first] = plan.gateways;
  expect(first?.status.conditions.find(({ type }) => type === 'Programmed')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('no Ready, schedulable node'),
  });
});
