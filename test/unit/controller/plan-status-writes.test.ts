import { describe, expect, test } from 'vitest';
import type { Gateway } from '../../../src/api/gateway.ts';
import type { Condition } from '../../../src/api/meta.ts';
import { controllerName } from '../../../src/api/names.ts';
import type { EgressPlan, GatewayPlan } from '../../../src/compile/egress-plan.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { finish } from '../../../src/compile/steps.ts';
import { planStatusWrites } from '../../../src/controller/plan-status-writes.ts';
import { emptyPlan } from '../../support/empty-plan.ts';
import { emptySnapshot } from '../../support/empty-snapshot.ts';
import { gateway, meta, pool } from '../../support/objects.ts';

const condition = (type: string, more: Partial<Condition> = {}): Condition => ({
  type,
  status: 'True',
  reason: 'Because',
  message: '',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...more,
});
const writes = (plan: Partial<EgressPlan>, snapshot: Partial<Snapshot>) =>
  finish(planStatusWrites({ ...emptyPlan, ...plan }, { ...emptySnapshot, ...snapshot }));

const listener = (
  conditions: readonly Condition[],
  more: { readonly name?: string; readonly attachedRoutes?: number } = {},
) => {
  return { name: 'egress', supportedKinds: [], attachedRoutes: 0, ...more, conditions };
};
const planned: GatewayPlan['status'] = {
  addresses: [{ type: 'IPAddress', value: '192.0.2.100' }],
  conditions: [condition('Accepted'), condition('Programmed')],
  listeners: [listener([condition('Accepted')])],
};
const shown = gateway('platform/partners', {}, { resourceVersion: '7' });
const gatewayPlan = { ref: { kind: 'Gateway', namespace: 'platform', name: 'partners' }, uid: shown.metadata.uid };
const gatewayWrites = (status: Gateway['status'], wanted = planned) =>
  writes(
    { gateways: [{ ...gatewayPlan, status: wanted }] },
    { gateways: [status === undefined ? shown : { ...shown, status }] },
  );

describe('the status of a Gateway', () => {
  const same: readonly [name: string, status: Gateway['status']][] = [
    ['is there', planned],
    ['is there in another order', { ...planned, conditions: planned.conditions.toReversed() }],
    [
      'is there beside the conditions of others',
      {
        ...planned,
        conditions: [...planned.conditions, condition('example.com/Theirs')],
        listeners: [listener([condition('example.com/Theirs'), condition('Accepted')])],
      },
    ],
  ];
  test.each(same)('is not written when it %s', (_, status) => {
    expect(gatewayWrites(status)).toEqual([]);
  });

  const different: readonly [name: string, status: Gateway['status']][] = [
    ['is missing', undefined],
    [
      'has a condition of ours too many',
      { ...planned, conditions: [...planned.conditions, condition('sallyport.dev/Degraded')] },
    ],
    [
      'is of an old generation',
      { ...planned, conditions: [condition('Accepted', { observedGeneration: 0 }), condition('Programmed')] },
    ],
    [
      'has an address too many',
      { ...planned, addresses: [...planned.addresses, { type: 'IPAddress', value: '192.0.2.1' }] },
    ],
    ['has a listener too many', { ...planned, listeners: [...planned.listeners, listener([], { name: 'old' })] }],
    [
      'has a listener that counts otherwise',
      { ...planned, listeners: [listener([condition('Accepted')], { attachedRoutes: 1 })] },
    ],
    [
      'has a listener with a condition of ours too many',
      { ...planned, listeners: [listener([condition('Accepted'), condition('Conflicted')])] },
    ],
  ];
  test.each(different)('is written once when it %s, for the object as it was seen', (_, status) => {
    expect(gatewayWrites(status)).toEqual([
      {
        kind: 'apply',
        resource: expect.objectContaining({ kind: 'Gateway' }),
        namespace: 'platform',
        name: 'partners',
        subresource: 'status',
        resourceVersion: '7',
        body: { status: planned },
      },
    ]);
  });

  test('is not written to another Gateway of its name', () => {
    const again = { ...shown, metadata: { ...shown.metadata, uid: 'uid-again' } };
    expect(writes({ gateways: [{ ...gatewayPlan, status: planned }] }, { gateways: [again] })).toEqual([]);
  });
});

test('the status of a class is written for the object as it was seen, and leaves others’ conditions alone', () => {
  const spec = { controllerName };
  const plan = {
    classes: [
      { name: 'egress', conditions: [condition('Accepted')], supportedFeatures: [], finalizer: 'absent' as const },
    ],
  };
  const seen = (conditions: readonly Condition[]) => ({
    gatewayClasses: [{ metadata: meta('egress', { resourceVersion: '7' }), spec, status: { conditions } }],
  });
  expect(writes(plan, seen([condition('example.com/Theirs'), condition('Accepted')]))).toEqual([]);
  expect(writes(plan, seen([condition('Accepted'), condition('SupportedVersion')]))).toMatchObject([
    { resourceVersion: '7' },
  ]);
});

test('the status of a pool is written when its users change', () => {
  const usedBy = [{ address: '192.0.2.1', namespace: 'shop', name: 'out' }];
  const status = { total: 1, used: 1, free: 0, usedBy, conditions: [condition('Accepted')] };
  const plan = { pools: [{ name: 'lab', status }] };
  const theirs = { ...status, conditions: [condition('Accepted'), condition('example.com/Theirs')] };
  expect(writes(plan, { pools: [{ ...pool('lab', []), status: theirs }] })).toEqual([]);
  const other = { ...status, usedBy: [{ address: '192.0.2.1', namespace: 'bank', name: 'out' }] };
  expect(writes(plan, { pools: [{ ...pool('lab', []), status: other }] })).toMatchObject([{ name: 'lab' }]);
});

describe('the status of an EgressNode', () => {
  const egressNode = (conditions: readonly Condition[]) => ({
    metadata: meta('node-1', { resourceVersion: '9' }),
    spec: { index: 1, uid: 'uid', addresses: [], tunnelMAC: '02:ec:00:00:00:01' },
    status: { conditions },
  });
  const statusWrites = (now: readonly Condition[], wanted: readonly Condition[]) =>
    writes({ nodeStatuses: [{ name: 'node-1', status: { conditions: wanted } }] }, { egressNodes: [egressNode(now)] });

  test('is written when it says something else, or nothing any more', () => {
    const drained = condition('Drained');
    expect(statusWrites([drained], [drained])).toEqual([]);
    expect(statusWrites([], [drained])).toMatchObject([
      {
        kind: 'apply',
        name: 'node-1',
        subresource: 'status',
        resourceVersion: '9',
        body: { status: { conditions: [drained] } },
      },
    ]);
    expect(statusWrites([drained], [])).toMatchObject([{ body: { status: { conditions: [] } } }]);
  });
});
