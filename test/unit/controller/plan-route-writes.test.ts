import { expect, test } from 'vitest';
import type { EgressRoute } from '../../../src/api/kinds.ts';
import type { Condition } from '../../../src/api/meta.ts';
import type { EgressPlan, RoutePlan } from '../../../src/compile/egress-plan.ts';
import { finish } from '../../../src/compile/steps.ts';
import { isEcho, planRouteWrites } from '../../../src/controller/plan-route-writes.ts';
import { emptyPlan } from '../../support/empty-plan.ts';
import { emptySnapshot } from '../../support/empty-snapshot.ts';
import { meta, route } from '../../support/objects.ts';

const accepted: Condition = {
  type: 'Accepted',
  status: 'True',
  reason: 'Accepted',
  message: '',
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
const theirs = { parentRef: { name: 'x' }, controllerName: 'example.com/other', conditions: [accepted] };
const stale = { parentRef: { name: 'gone' }, controllerName: 'sallyport.dev/egress-controller', conditions: [] };
const ours = { ...stale, parentRef: { name: 'gw' }, conditions: [accepted] };

const planned: RoutePlan = {
  kind: 'EgressRoute',
  ref: { kind: 'EgressRoute', namespace: 'shop', name: 'r' },
  uid: 'uid-shop-r',
  parents: [ours],
  sourceAddresses: [],
};
const plan: EgressPlan = { ...emptyPlan, routes: [planned] };
const withStatus = (parents: NonNullable<EgressRoute['status']>['parents'], version = '1'): EgressRoute => ({
  ...route('shop/r', 'shop/gw'),
  metadata: meta('shop/r', { resourceVersion: version }),
  status: { parents },
});
const writesOf = (object: EgressRoute) => finish(planRouteWrites(plan, { ...emptySnapshot, routes: [object] }));

test("another controller's parents stay, stale ones of ours go", () => {
  const [write] = writesOf(withStatus([theirs, stale]));
  expect(write).toMatchObject({ kind: 'share', namespace: 'shop', name: 'r' });
  if (write?.kind !== 'share') return;
  expect(write.compute({ ...write.current, status: { parents: [theirs, stale] } })).toMatchObject({
    parents: [theirs, ours],
  });
  expect(write.compute({ ...write.current, status: { parents: [theirs, ours] } })).toBeUndefined();
});

test('what says so already is not written', () => {
  expect(writesOf(withStatus([theirs, ours]))).toEqual([]);
});

test('nobody fights about the order of entries', () => {
  expect(writesOf(withStatus([ours, theirs]))).toEqual([]);
});

test('entries of others are never pushed out: ours are as many as there is room for', () => {
  const many = Array.from({ length: 32 }, (_, index) => ({ ...theirs, parentRef: { name: `x-${index}` } }));
  expect(writesOf(withStatus(many))).toEqual([]);
  const [write] = writesOf(withStatus([...many.slice(1), stale]));
  if (write?.kind !== 'share') throw new Error('nothing to write');
  expect(write.compute({ ...write.current, status: { parents: [...many.slice(1), stale] } })).toMatchObject({
    parents: [...many.slice(1), ours],
  });
});

test('as long as neither plan nor object changes, the write is the same object', () => {
  const object = withStatus([stale]);
  expect(writesOf(object)[0]).toBe(writesOf(object)[0]);
  expect(writesOf(withStatus([stale]))[0]).not.toBe(writesOf(object)[0]);
});

test('our own status, come back, is no news; all else is', () => {
  const before = withStatus([stale]);
  const echo = withStatus([ours], '2');
  // Nothing was planned for it yet.
  expect(isEcho(before, echo)).toBe(false);
  writesOf(before);
  expect(isEcho(before, echo)).toBe(true);
  expect(isEcho(before, withStatus([stale, ours], '2'))).toBe(false);
  expect(isEcho(before, withStatus([], '2'))).toBe(false);
  expect(isEcho(before, { ...echo, metadata: { ...echo.metadata, generation: 2 } })).toBe(false);
  expect(isEcho(before, { ...echo, metadata: { ...echo.metadata, uid: 'another' } })).toBe(false);
  const deleted = { ...echo.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' };
  expect(isEcho(before, { ...echo, metadata: deleted })).toBe(false);
  expect(isEcho({ ...before }, echo)).toBe(false);
});

test('times move only with the status, also when our own last write was not seen yet', () => {
  const earlier = {
    ...ours,
    conditions: [{ ...accepted, lastTransitionTime: '2025-12-31T23:59:59Z', message: 'old' }],
  };
  const [write] = writesOf(withStatus([]));
  if (write?.kind !== 'share') throw new Error('nothing to write');
  expect(write.compute({ ...write.current, status: { parents: [earlier] } })).toMatchObject({
    parents: [{ conditions: [{ message: '', lastTransitionTime: '2025-12-31T23:59:59Z' }] }],
  });
  const same = { ...earlier, conditions: [{ ...accepted, lastTransitionTime: '2025-12-31T23:59:59Z' }] };
  expect(write.compute({ ...write.current, status: { parents: [same] } })).toBeUndefined();
});
