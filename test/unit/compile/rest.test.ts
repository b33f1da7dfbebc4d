import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/compile/compile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { applyPlan, reportAll, settle } from '../../support/apply-plan.ts';
import { gateway, meta, pool, snapshot } from '../../support/objects.ts';

const partners = gateway('platform/partners');
const placed = reportAll(settle(snapshot({ gateways: [partners] })).snapshot, ['node-1']);
const later = (start: Snapshot, milliseconds: number): Snapshot => ({ ...start, now: start.now + milliseconds });

/** The Gateway is gone, its claim and identity rest; the nodes still report it. */
const deleted = applyPlan({ ...placed, gateways: [] }, compile({ ...placed, gateways: [] }));

test('a freed address and its numbers start to rest', () => {
  expect(deleted.claims[0]?.spec).toMatchObject({ address: '192.0.2.100', quarantinedUntil: '2026-01-02T03:14:05Z' });
  expect(deleted.cluster?.status?.identities).toEqual([
    expect.objectContaining({ id: 513, releasedAt: '2026-01-02T03:04:05Z' }),
  ]);
  expect(deleted.cluster?.status?.groups).toEqual([
    expect.objectContaining({ group: 1, releasedAt: '2026-01-02T03:04:05Z' }),
  ]);
  expect(deleted.placements).toEqual([]);
});

const rests: readonly [
  name: string,
  after: number,
  mentioned: boolean,
  resting: boolean,
  recheck: number | undefined,
][] = [
  ['at once, although no report is left', 1_000, false, true, 10_000],
  ['gone after 10 s without a report', 10_000, false, false, undefined],
  ['still there while a node reports it', 599_000, true, true, 600_000],
  ['gone after 10 minutes in any case', 600_000, true, false, undefined],
];

describe('a freed address rests', () => {
  test.each(rests)('%s', (_, after, mentioned, resting, recheck) => {
    const start = later(mentioned ? deleted : { ...deleted, reports: [] }, after);
    const plan = compile(start);
    expect(plan.claims.remove.length).toBe(resting ? 0 : 1);
    expect(plan.cluster?.status.identities?.length).toBe(resting ? 1 : 0);
    expect(plan.cluster?.status.groups?.length).toBe(resting ? 1 : 0);
    expect(plan.recheckAt).toBe(recheck === undefined ? undefined : deleted.now + recheck);
  });

  test('a report of a node that is gone holds nothing', () => {
    expect(compile({ ...later(deleted, 10_000), nodes: [] }).claims.remove).toHaveLength(1);
  });

  test('as long as a placement carries it', () => {
    const start = { ...later(deleted, 3_600_000), placements: placed.placements };
    const plan = compile(start);
    expect(plan.claims.remove).toEqual([]);
    expect(plan.cluster?.status.identities).toHaveLength(1);
    expect(plan.cluster?.status.groups).toHaveLength(1);
  });
});

test('nobody else gets a resting address', () => {
  const other = gateway('platform/other');
  const asking = gateway('platform/asking', { addresses: [{ value: '192.0.2.100' }] });
  const { plan, snapshot: end } = settle({ ...deleted, gateways: [other, asking] });
  expect(end.claims.find(({ spec }) => spec.holder.name === 'other')?.spec.address).toBe('192.0.2.101');
  const programmed = plan.gateways[0]?.status.conditions.find(({ type }) => type === 'Programmed');
  expect(programmed).toMatchObject({ status: 'False', reason: 'AddressNotUsable' });
  expect(programmed?.message).toContain('rests after its use by Gateway platform/partners');
});

test('a Gateway that is made again under its name gets its address back', () => {
  const again = gateway('platform/partners', {}, { uid: 'uid-again' });
  const older = gateway('platform/older', {}, { creationTimestamp: '2025-01-01T00:00:00Z' });
  const { snapshot: end } = settle({ ...deleted, gateways: [older, again] });
  expect(
    end.claims.map(({ spec }) => `${spec.address} ${spec.holder.uid} ${spec.quarantinedUntil ?? 'held'}`).sort(),
  ).toEqual(['192.0.2.100 uid-again held', '192.0.2.101 uid-platform-older held']);
});

test('a Gateway that asks for an address it gave up has it only once the claim says so', () => {
  const plan = compile({ ...deleted, gateways: [partners] });
  const [update] = plan.claims.update;
  expect(update?.spec).toMatchObject({ address: '192.0.2.100', holder: { uid: 'uid-platform-partners' } });
  expect(update?.spec).not.toHaveProperty('quarantinedUntil');
  expect(plan.placements).toEqual([]);
});

test('a Gateway replaced between two compiles hands its address over', () => {
  const again = gateway('platform/partners', {}, { uid: 'uid-again' });
  expect(compile({ ...placed, gateways: [again] }).claims.update).toEqual([
    expect.objectContaining({
      name: '192.0.2.100',
      spec: expect.objectContaining({ holder: expect.objectContaining({ uid: 'uid-again' }) }),
    }),
  ]);
});

test('what a Gateway has survives the pool it came from', () => {
  for (const pools of [
    [],
    [pool('lab', ['192.0.2.140'])],
    [pool('lab', ['192.0.2.100-192.0.2.109'], { autoAssign: false })],
  ]) {
    expect(compile({ ...placed, pools }).claims).toEqual({ create: [], update: [], remove: [] });
  }
});

test('but not a move of the pool to another network, nor a cluster range', () => {
  const moved = [pool('lab', ['192.0.2.100-192.0.2.109'], { network: 'dmz' })];
  expect(compile({ ...placed, pools: moved }).claims.update).toHaveLength(1);
  const inside = { metadata: meta('service'), spec: { cidrs: ['192.0.2.100/32'] } };
  const plan = compile({ ...placed, serviceCidrs: [inside] });
  expect(plan.claims.create.map(({ name }) => name)).toEqual(['192.0.2.101']);
});

test('a Gateway that is no longer accepted keeps what it has', () => {
  const refused = { ...partners, spec: { ...partners.spec, addresses: [{ type: 'Hostname', value: 'x' }] } };
  const plan = compile({ ...placed, gateways: [refused] });
  expect(plan.claims).toEqual({ create: [], update: [], remove: [] });
  expect(plan.placements[0]?.spec).toEqual(placed.placements[0]?.spec);
  expect(plan.cluster?.status.identities).toEqual(placed.cluster?.status?.identities);
});

test('and follows its group when a candidate joins: one VRRP instance, one list', () => {
  const two = settle(snapshot({ gateways: [partners, gateway('platform/suppliers')] })).snapshot;
  const refused = { ...partners, spec: { ...partners.spec, addresses: [{ type: 'Hostname', value: 'x' }] } };
  const nodes = two.nodes.map((node) =>
    node.metadata.name === 'node-2' ? { ...node, status: { ...node.status, ready: false } } : node,
  );
  const plan = compile({ ...two, nodes, gateways: [refused, gateway('platform/suppliers')] });
  const lists = plan.placements.map(({ spec }) => spec.candidates.map(({ node }) => node));
  expect(lists).toEqual([
    ['node-2', 'node-3', 'node-1'],
    ['node-2', 'node-3', 'node-1'],
  ]);
});

test('the node index of a node that is gone rests 10 minutes; the node gets it back under its name', () => {
  const gone = { ...placed, nodes: placed.nodes.slice(1) };
  const after = applyPlan(gone, compile(gone));
  expect(after.cluster?.status?.nodeIndexes?.[0]).toEqual({
    node: 'node-1',
    uid: 'uid-node-1',
    index: 1,
    releasedAt: '2026-01-02T03:04:05Z',
  });
  const [first] = placed.nodes;
  if (first === undefined) throw new Error('no node');
  const replaced = { ...first, metadata: { ...first.metadata, uid: 'uid-new' } };
  // Not before the status knows the new uid: the old EgressNode is of another node.
  expect(compile({ ...after, nodes: [replaced, ...gone.nodes] }).nodes.map(({ name }) => name)).toEqual([
    'node-2',
    'node-3',
  ]);
  const back = settle({ ...after, nodes: [replaced, ...gone.nodes] });
  expect(back.plan.nodes[0]).toMatchObject({ name: 'node-1', spec: { index: 1, uid: 'uid-new' } });
  expect(compile(later(after, 600_000)).cluster?.status.nodeIndexes).toHaveLength(2);
});

test('a Node replaced between two compiles gets its EgressNode once the status knows the new uid', () => {
  const nodes = placed.nodes.map((node) =>
    node.metadata.name === 'node-1' ? { ...node, metadata: { ...node.metadata, uid: 'uid-new' } } : node,
  );
  expect(compile({ ...placed, nodes }).nodes.map(({ name }) => name)).toEqual(['node-2', 'node-3']);
  expect(settle({ ...placed, nodes }).plan.nodes[0]?.spec).toMatchObject({ index: 1, uid: 'uid-new' });
});

test('a lost status is rebuilt from the objects that carry the numbers', () => {
  const { cluster } = placed;
  if (cluster === undefined) throw new Error('no cluster');
  const { status: _, ...bare } = cluster;
  const nodes = placed.nodes.slice(1);
  const { snapshot: end } = settle({ ...placed, nodes, cluster: bare });
  expect(end.placements.map(({ spec }) => spec)).toEqual(placed.placements.map(({ spec }) => spec));
  expect(end.egressNodes.map(({ spec }) => spec.index)).toEqual([2, 3]);
});
