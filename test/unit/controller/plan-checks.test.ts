import { describe, expect, test } from 'vitest';
import type { EgressPlacement, EgressPlacementSpec } from '../../../src/api/kinds.ts';
import { placementChecks, releaseChecks } from '../../../src/controller/plan-checks.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { meta } from '../../support/objects.ts';

const spec = (more: Partial<EgressPlacementSpec> = {}): EgressPlacementSpec => ({
  gateway: { namespace: 'shop', name: 'out' },
  egressClass: 'egress',
  group: 1,
  tunnelAddress: '198.19.255.241',
  identities: [{ id: 513, ipv4: '192.0.2.100', ipv6: '2001:db8::1' }],
  network: { name: 'default' },
  failover: { advertMilliseconds: 100, preempt: false, virtualRouterId: 1 },
  candidates: [],
  ...more,
});
const placed = (more: Partial<EgressPlacementSpec> = {}): EgressPlacement => ({
  metadata: meta('u'),
  spec: spec(more),
});
const object = (fields: object): KubeObject =>
  ({ metadata: { name: 'x', resourceVersion: '1' }, ...fields }) as KubeObject;
const claim = (uid: string, more: object = {}) => object({ spec: { holder: { uid }, ...more } });
const cluster = (identities: readonly object[], groups: readonly object[] = [{ group: 1, key: 'k' }]) =>
  object({ status: { identities, groups } });

const names = (existing?: EgressPlacement) => placementChecks('u', spec(), existing).map(({ name }) => name);

describe('a placement', () => {
  test('looks at what it gets with this write, and at nothing that it has', () => {
    expect(names()).toEqual(['192.0.2.100', '2001-0db8-0000-0000-0000-0000-0000-0001', 'default']);
    expect(names(placed())).toEqual([]);
    expect(names(placed({ identities: [{ id: 513, ipv4: '192.0.2.100' }] }))).toEqual([
      '2001-0db8-0000-0000-0000-0000-0000-0001',
    ]);
    expect(names(placed({ group: 2 }))).toEqual(['default']);
  });

  const [claimed, , numbered] = placementChecks('u', spec(), undefined);
  const cases: readonly [name: string, found: KubeObject | undefined, wrong: boolean][] = [
    ['held', claim('u'), false],
    ['held by another', claim('v'), true],
    ['at rest', claim('u', { quarantinedUntil: '2026-01-01T00:00:00Z' }), true],
    ['free', undefined, true],
  ];
  test.each(cases)('address %s', (_, found, wrong) => {
    expect(claimed?.problem(found) !== undefined).toBe(wrong);
  });

  const numbers: readonly [name: string, found: KubeObject | undefined, wrong: boolean][] = [
    ['its own', cluster([{ id: 513, holder: 'u/192.0.2.100' }]), false],
    ['of another', cluster([{ id: 513, holder: 'uu/192.0.2.100' }]), true],
    ['at rest', cluster([{ id: 513, holder: 'u/192.0.2.100', releasedAt: 'x' }]), true],
    ['in a group at rest', cluster([{ id: 513, holder: 'u/a' }], [{ group: 1, key: 'k', releasedAt: 'x' }]), true],
    ['without a status', object({}), true],
    ['without an EgressCluster', undefined, true],
  ];
  test.each(numbers)('identity %s', (_, found, wrong) => {
    expect(numbered?.problem(found) !== undefined).toBe(wrong);
  });
});

test('a claim changes hands only when no placement of its former holder carries the address', () => {
  const holder = { uid: 'u', namespace: 'shop', name: 'out' };
  const [check] = releaseChecks({ address: '192.0.2.100', holder, since: '2026-01-01T00:00:00Z' });
  expect(check).toMatchObject({ name: 'u', resource: { kind: 'EgressPlacement' } });
  expect(check?.problem(undefined)).toBeUndefined();
  expect(check?.problem(object({ spec: spec({ identities: [{ id: 513, ipv4: '192.0.2.101' }] }) }))).toBeUndefined();
  expect(check?.problem(object({ spec: spec() }))).toContain('still carries 192.0.2.100');
});
