import { describe, expect, test } from 'vitest';
import type { ObjectMeta } from '../../../src/api/meta.ts';
import { gatewayClassFinalizer } from '../../../src/api/names.ts';
import type { EgressPlan } from '../../../src/compile/egress-plan.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { finish } from '../../../src/compile/steps.ts';
import { planWrites } from '../../../src/controller/plan-writes.ts';
import { emptyPlan } from '../../support/empty-plan.ts';
import { emptySnapshot } from '../../support/empty-snapshot.ts';

const meta = (name: string, more: Partial<ObjectMeta> = {}): ObjectMeta => ({
  name,
  uid: `uid-${name}`,
  resourceVersion: '7',
  generation: 1,
  creationTimestamp: '2026-01-01T00:00:00Z',
  ...more,
});
const condition = (type: string, status: 'True' | 'False' = 'True') => ({
  type,
  status,
  reason: type,
  message: '',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const settled: Snapshot = { ...emptySnapshot, cluster: { metadata: meta('default'), spec: {}, status: {} } };
const writes = (plan: Partial<EgressPlan>, snapshot: Partial<Snapshot> = {}) =>
  finish(planWrites({ ...emptyPlan, ...plan }, { ...settled, ...snapshot }));
const flat = (...args: Parameters<typeof writes>) => writes(...args).flat();

const nodeSpec = { index: 1, uid: 'n', addresses: ['192.0.2.11'], tunnelMAC: '02:ec:00:00:00:01' };
const rules = { gateway: { uid: 'gw', namespace: 'shop', name: 'gw' }, shard: 0, digest: 'd1', rules: [] };

describe('planWrites', () => {
  test('writes nothing when nothing differs', () => {
    const plan = {
      classes: [
        {
          name: 'egress',
          conditions: [condition('Accepted')],
          supportedFeatures: [{ name: 'Gateway' }],
          finalizer: 'present' as const,
        },
      ],
      nodes: [{ name: 'node-1', spec: nodeSpec }],
      ruleSets: [{ name: 'gw-0', spec: rules }],
    };
    const snapshot = {
      gatewayClasses: [
        {
          metadata: meta('egress', { finalizers: [gatewayClassFinalizer] }),
          spec: { controllerName: 'sallyport.dev/egress-controller' },
          status: {
            conditions: [condition('SomebodyElse'), condition('Accepted')],
            supportedFeatures: [{ name: 'Gateway' }],
          },
        },
      ],
      egressNodes: [{ metadata: meta('node-1'), spec: nodeSpec }],
      ruleSets: [{ metadata: meta('gw-0'), spec: rules }],
    };
    expect(writes(plan, snapshot)).toEqual([]);
    expect(flat({ ...plan, classes: [] }, { ...snapshot, ruleSets: [] })).toMatchObject([
      { kind: 'apply', name: 'gw-0' },
    ]);
  });

  test('EgressCluster/default is created where it is missing', () => {
    expect(finish(planWrites(emptyPlan, emptySnapshot)).flat()).toMatchObject([{ kind: 'create', name: 'default' }]);
  });

  test('numbers and claims come before placements, placements before statuses, removals last', () => {
    const plan = {
      cluster: { resourceVersion: '9', status: { nodeIndexes: [], clusterRanges: ['10.0.0.0/8'] } },
      ruleSets: [{ name: 'gw-0', spec: rules }],
      pools: [{ name: 'lab', status: { total: 1, used: 0, free: 1 } }],
    };
    const stale = { metadata: meta('old-0'), spec: { ...rules, gateway: { ...rules.gateway, uid: 'old' } } };
    expect(
      writes(plan, { ruleSets: [stale], pools: [{ metadata: meta('lab'), spec: { addresses: [] } }] }).map((stage) =>
        stage.map(({ kind, name }) => `${kind} ${name}`),
      ),
    ).toEqual([['swap default'], ['apply gw-0'], ['apply lab'], ['delete old-0']]);
  });

  test('a finalizer is added and removed beside those of others', () => {
    const item = (finalizers: readonly string[]) => ({
      gatewayClasses: [
        { metadata: meta('egress', { finalizers }), spec: { controllerName: 'x' }, status: { supportedFeatures: [] } },
      ],
    });
    const plan = (finalizer: 'present' | 'absent') => ({
      classes: [{ name: 'egress', conditions: [], supportedFeatures: [], finalizer }],
    });
    expect(flat(plan('present'), item(['other']))).toMatchObject([
      { kind: 'swap', resourceVersion: '7', body: { metadata: { finalizers: ['other', gatewayClassFinalizer] } } },
    ]);
    expect(flat(plan('absent'), item(['other', gatewayClassFinalizer]))).toMatchObject([
      { kind: 'swap', body: { metadata: { finalizers: ['other'] } } },
    ]);
  });

  test('a class that is being deleted gets no finalizer: the API server would refuse it', () => {
    const metadata = meta('egress', { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['other'] });
    const snapshot = {
      gatewayClasses: [{ metadata, spec: { controllerName: 'x' }, status: { supportedFeatures: [] } }],
    };
    const planned = { name: 'egress', conditions: [], supportedFeatures: [], finalizer: 'present' as const };
    expect(flat({ classes: [planned] }, snapshot)).toEqual([]);
  });

  test('a claim that is taken back loses its end of rest', () => {
    const holder = { uid: 'gw', namespace: 'shop', name: 'gw' };
    const spec = { address: '192.0.2.100', holder, since: '2026-01-01T00:00:00Z' };
    const before = { ...spec, pool: 'lab', quarantinedUntil: '2026-01-01T00:10:00Z' };
    const update = [{ name: '192.0.2.100', resourceVersion: '7', spec, before }];
    expect(flat({ claims: { create: [], update, remove: [] } })).toMatchObject([
      { kind: 'swap', body: { spec: { ...spec, quarantinedUntil: null, pool: null } }, checks: [] },
    ]);
  });

  test('what is there already is changed only as it was seen', () => {
    const plan = { nodes: [{ name: 'node-1', spec: nodeSpec }], ruleSets: [{ name: 'gw-0', spec: rules }] };
    const snapshot = {
      egressNodes: [{ metadata: meta('node-1'), spec: { ...nodeSpec, addresses: [] } }],
      ruleSets: [{ metadata: meta('gw-0'), spec: { ...rules, digest: 'd0' } }],
    };
    expect(flat(plan).map((write) => 'resourceVersion' in write)).toEqual([false, false]);
    expect(flat(plan, snapshot)).toMatchObject([{ resourceVersion: '7' }, { resourceVersion: '7' }]);
  });
});
