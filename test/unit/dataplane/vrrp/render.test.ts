import { expect, test } from 'vitest';
import type { EgressPlacementSpec } from '../../../../src/api/kinds.ts';
import { selectPlan } from '../../../../src/compile/select.ts';
import { renderKeepalived } from '../../../../src/dataplane/vrrp/render.ts';
import { viewOf } from '../../../support/dataplane-case.ts';

/** keepalived.conf of node-1, one of two candidates. */
function render(change: (spec: EgressPlacementSpec) => EgressPlacementSpec): string | undefined {
  const view = viewOf({
    cluster: {
      metadata: { name: 'default', uid: 'c', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: {},
      status: { clusterRanges: [] },
    },
    node: 'node-1',
    nodes: ['node-1', 'node-2'].map((name, n) => ({ name, index: n + 1, addresses: [`192.0.2.1${n + 1}`] })),
    namespaces: [],
    placements: [{ uid: 'a', id: 513, ipv4: '192.0.2.100', candidates: ['node-1', 'node-2'] }],
  });
  const placements = view.placements.map((placement) => ({ ...placement, spec: change(placement.spec) }));
  return renderKeepalived(selectPlan({ ...view, placements }).plan, 'eth0', '/run/sallyport');
}
const withOwn =
  (own: Partial<EgressPlacementSpec['candidates'][number]>, preempt = false) =>
  (spec: EgressPlacementSpec): EgressPlacementSpec => ({
    ...spec,
    failover: { ...spec.failover, preempt },
    candidates: spec.candidates.map((candidate) =>
      candidate.node === 'node-1' ? { ...candidate, ...own } : candidate,
    ),
  });

test('who joins, or leaves, does not speak VRRP', () => {
  expect(render(withOwn({}))).toContain('vrrp_instance sallyport_1');
  expect(render(withOwn({ joining: true }))).toBeUndefined();
  expect(render(withOwn({ leaving: true }))).toBeUndefined();
});

test('in a handover the heir alone comes before an owner that is well', () => {
  expect(render(withOwn({ priority: 210 }, true))).not.toContain('nopreempt');
  expect(render(withOwn({ priority: 180 }, true))).toContain('nopreempt');
  expect(render(withOwn({ priority: 210 }))).toContain('nopreempt');
});
