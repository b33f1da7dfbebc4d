import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/compile/compile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { applyPlan, settle } from '../../../src/preview/settle.ts';
import { reportAll } from '../../support/apply-plan.ts';
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

type Fate = 'rests' | 'is kept in mind' | 'is forgotten';
const rests: readonly [name: string, after: number, mentioned: boolean, fate: Fate, recheck: number | undefined][] = [
  ['at once, although no report is left', 1_000, false, 'rests', 10_000],
  ['after 10 s without a report', 10_000, false, 'is kept in mind', 600_000],
  ['while a node reports it', 599_000, true, 'rests', 600_000],
  ['after 10 minutes in any case', 600_000, true, 'is forgotten', undefined],
];

describe('a freed address', () => {
  const asking = gateway('platform/asking', { addresses: [{ value: '192.0.2.100' }] });

  test.each(rests)('%s (%i ms, mentioned: %s) %s', (_, after, mentioned, fate, recheck) => {
    const start = later(mentioned ? deleted : { ...deleted, reports: [] }, after);
    const plan = compile(start);
    expect(plan.claims.remove.length).toBe(fate === 'is forgotten' ? 1 : 0);
    expect(plan.pools[0]?.status.usedBy?.length).toBe(fate === 'rests' ? 1 : 0);
    expect(plan.cluster?.status.identities?.length).toBe(fate === 'rests' ? 1 : 0);
    expect(plan.cluster?.status.groups?.length).toBe(fate === 'rests' ? 1 : 0);
    expect(plan.recheckAt).toBe(recheck === undefined ? undefined : deleted.now + recheck);
    const given = settle({ ...start, gateways: [asking] }).snapshot.claims[0]?.spec;
    expect(given?.holder.name).toBe(fate === 'rests' ? 'partners' : 'asking');
  });

  test('rests on while the wall clock is an hour behind, and longer by as much; one that is an hour ahead ends its rest', () => {
    const hour = 3_600_000;
    const behind = compile(later({ ...deleted, reports: [] }, -hour));
    expect(behind.claims).toEqual({ create: [], update: [], remove: [] });
    expect(behind.pools[0]?.status.usedBy).toHaveLength(1);
    expect(behind.cluster?.status.identities).toHaveLength(1);
    expect(behind.recheckAt).toBe(deleted.now + 10_000);
    expect(compile(later(deleted, hour)).claims.remove).toHaveLength(1);
  });

  test('a report of a node that is gone holds nothing', () => {
    expect(compile({ ...later(deleted, 10_000), nodes: [] }).pools[0]?.status).toMatchObject({ used: 0 });
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

test.each([
  ['as soon as no node reports the deleted one', 200],
  ['for ten minutes, although others might have it', 599_000],
])('a Gateway that is made again under its name gets its address back %s', (_, after) => {
  const again = gateway('platform/partners', {}, { uid: 'uid-again' });
  const older = gateway('platform/older', {}, { creationTimestamp: '2025-01-01T00:00:00Z' });
  const { snapshot: end } = settle({ ...later(deleted, after), reports: [], gateways: [older, again] });
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

describe('a Gateway replaced between two compiles', () => {
  const again = gateway('platform/partners', {}, { uid: 'uid-again' });
  const replaced = { ...placed, gateways: [again] };
  const programmed = (start: Snapshot) =>
    compile(start).gateways[0]?.status.conditions.find(({ type }) => type === 'Programmed');

  test('gets no address while the placement of the deleted one is there', () => {
    const plan = compile(replaced);
    expect(plan.claims.update).toMatchObject([{ spec: { holder: { uid: 'uid-platform-partners' } } }]);
    expect(plan.claims.update[0]?.spec.quarantinedUntil).toBeDefined();
    expect(plan.claims.create).toEqual([]);
    expect(plan.placements).toEqual([]);
    const before = applyPlan(replaced, plan);
    const kept = { ...before, placements: placed.placements };
    expect(compile(kept).claims.update).toEqual([]);
    expect(programmed(kept)).toMatchObject({ status: 'False', reason: 'Pending' });
    expect(programmed(kept)?.message).toContain('waiting until the nodes let go of 192.0.2.100');
  });

  test('nor while a Ready node reports the deleted one; a node that is cut off cannot say', () => {
    const before = applyPlan(replaced, compile(replaced));
    expect(compile(before).claims.update).toEqual([]);
    const down = before.nodes.map((node) => ({ ...node, status: { ...node.status, ready: false } }));
    expect(compile({ ...before, nodes: down }).claims.update).toMatchObject([
      { spec: { holder: { uid: 'uid-again' } } },
    ]);
    expect(compile({ ...before, reports: [] }).claims.update).toMatchObject([
      { spec: { holder: { uid: 'uid-again' } }, before: { holder: { uid: 'uid-platform-partners' } } },
    ]);
  });

  test('waits for the address that it asks for by value, too', () => {
    const asking = gateway('platform/partners', { addresses: [{ value: '192.0.2.100' }] }, { uid: 'uid-again' });
    expect(programmed({ ...placed, gateways: [asking] })?.message).toContain('waiting until the nodes let go');
    const { snapshot: end } = settle({ ...placed, reports: [], gateways: [asking] });
    expect(end.claims.map(({ spec }) => spec.holder.uid)).toEqual(['uid-again']);
    expect(end.placements).toHaveLength(1);
  });
});

test('what others may have is taken last: a Gateway made again shall find its address', () => {
  const pools = [pool('lab', ['192.0.2.100-192.0.2.102'])];
  const start = { ...later(deleted, 10_000), reports: [], pools };
  const holders = (count: number) => {
    const gateways = Array.from({ length: count }, (_, index) => gateway(`shop/g${index}`));
    const { claims } = settle({ ...start, gateways }).snapshot;
    return claims.find(({ spec }) => spec.address === '192.0.2.100')?.spec.holder.name;
  };
  expect([holders(1), holders(2), holders(3)]).toEqual(['partners', 'partners', 'g2']);
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
  const others = ['q', 'r', 'suppliers'].map((name) => gateway(`platform/${name}`));
  const all = settle(snapshot({ gateways: [partners, ...others] })).snapshot;
  const groups = all.placements.map(({ spec }) => [spec.gateway.name, spec.group]);
  expect(groups).toEqual([
    ['partners', 1],
    ['q', 2],
    ['r', 3],
    ['suppliers', 1],
  ]);
  const refused = { ...partners, spec: { ...partners.spec, addresses: [{ type: 'Hostname', value: 'x' }] } };
  const nodes = all.nodes.map((node) =>
    node.metadata.name === 'node-2' ? { ...node, status: { ...node.status, ready: false } } : node,
  );
  const plan = compile({ ...all, nodes, gateways: [refused, ...others] });
  const members = plan.placements.filter(({ spec }) => spec.group === 1);
  expect(members.map(({ spec }) => spec.candidates.map(({ node }) => node))).toEqual([
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
