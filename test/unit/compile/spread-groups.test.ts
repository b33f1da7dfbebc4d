import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compile } from '../../../src/compile/compile.ts';
import type { Snapshot } from '../../../src/compile/snapshot.ts';
import { settle } from '../../../src/preview/settle.ts';
import { cluster, egressClass, gateway, gatewayClass, node, pool, snapshot } from '../../support/objects.ts';

const names = (count: number) => Array.from({ length: count }, (_, index) => `g${String(index).padStart(2, '0')}`);
const gateways = (count: number) => names(count).map((name) => gateway(`platform/${name}`));
const nodes = (count: number) =>
  Array.from({ length: count }, (_, index) => node(`node-${index + 1}`, `192.0.2.${index + 1}`));
const start = (more: Partial<Snapshot>) => snapshot({ pools: [pool('lab', ['198.51.100.0/24'])], ...more });
const groupsOf = ({ placements }: Snapshot) =>
  new Map(placements.map(({ spec }) => [spec.gateway.name, spec.group] as const));
const owners = ({ placements }: Snapshot) => placements.map(({ spec }) => spec.candidates[0]?.node);

describe('Gateways of one kind', () => {
  test.each([
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [9, 4],
  ])('with %i nodes are in %i groups, with as many owners', (count, groups) => {
    const { snapshot: end } = settle(start({ nodes: nodes(count), gateways: gateways(8) }));
    const sizes = Map.groupBy(groupsOf(end).values(), (group) => group);
    expect(sizes.size).toBe(groups);
    expect(Math.max(...[...sizes.values()].map((one) => one.length))).toBe(Math.ceil(8 / groups));
    expect(new Set(owners(end)).size).toBe(groups);
  });

  test('stay in their group whatever comes and goes', () => {
    const { snapshot: first } = settle(start({ nodes: nodes(2), gateways: gateways(5) }));
    const before = groupsOf(first);
    const after = settle({ ...first, nodes: nodes(5), gateways: gateways(9) }).snapshot;
    for (const [name, group] of before) expect(groupsOf(after).get(name), name).toBe(group);
    expect(new Set(groupsOf(after).values()).size).toBe(4);
    const fewer = settle({ ...after, nodes: nodes(1), gateways: gateways(9).slice(3) }).snapshot;
    for (const [name, group] of groupsOf(fewer)) expect(groupsOf(after).get(name), name).toBe(group);
  });

  test('a newcomer joins the smallest group', () => {
    const { snapshot: first } = settle(start({ gateways: gateways(3) }));
    const [, second] = names(3);
    const left = { ...first, gateways: first.gateways.filter(({ metadata }) => metadata.name !== second) };
    const later = settle({ ...left, gateways: [...left.gateways, gateway('platform/new')] }).snapshot;
    // The group of the one that left rests; its key, and so its number, are taken up again.
    expect(groupsOf(later).get('new')).toBe(groupsOf(first).get(second ?? ''));
  });

  test('one that can have no address counts for nothing, and one that is refused changes nobody’s group', () => {
    const broken = [
      gateway('a/outside', { addresses: [{ value: '203.0.113.9' }] }),
      gateway('a/refused', { addresses: [{ type: 'Hostname', value: 'x' }] }),
    ];
    const one = settle(start({ gateways: gateways(4) })).snapshot;
    const other = settle(start({ gateways: [...broken, ...gateways(4)] })).snapshot;
    expect(groupsOf(other)).toEqual(groupsOf(one));
  });

  test('the same when the status was lost', () => {
    const { snapshot: first } = settle(start({ gateways: gateways(6) }));
    const { status: _, ...bare } = first.cluster ?? cluster();
    const { snapshot: end } = settle({ ...first, cluster: bare });
    expect(groupsOf(end)).toEqual(groupsOf(first));
    expect(end.cluster?.status?.groups?.map(({ key }) => key)).toEqual(
      first.cluster?.status?.groups?.map(({ key }) => key),
    );
  });
});

test('other kinds find room: six numbers are never opened for spreading', () => {
  const classes = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const many = classes.flatMap((name) =>
    names(4).map((own) => gateway(`platform/${name}-${own}`, { gatewayClassName: name })),
  );
  const { snapshot: end } = settle(
    start({
      gatewayClasses: classes.map((name) => gatewayClass(name, name)),
      egressClasses: classes.map((name) => egressClass({}, name)),
      gateways: many,
      nodes: nodes(4),
    }),
  );
  expect(end.placements).toHaveLength(many.length);
  expect(new Set(groupsOf(end).values()).size).toBeLessThanOrEqual(14);
});

test('given tunnel addresses are not used up by spreading', () => {
  const tunnel = { tunnel: { addresses: ['192.0.2.201', '192.0.2.202'] } };
  const { snapshot: end } = settle(start({ cluster: cluster(tunnel), gateways: gateways(4) }));
  expect(new Set(groupsOf(end).values())).toEqual(new Set([1]));
});

test('property: nobody moves while Gateways and nodes come and go', () => {
  const step = fc.record({
    present: fc.subarray(names(8), { minLength: 1 }),
    nodes: fc.integer({ min: 1, max: 6 }),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 4 }), (steps) => {
      let state = start({});
      for (const { present, nodes: count } of steps) {
        const before = groupsOf(state);
        const kept = state.gateways.filter(({ metadata }) => present.includes(metadata.name));
        const known = new Set(kept.map(({ metadata }) => metadata.name));
        const more = present.filter((name) => !known.has(name)).map((name) => gateway(`platform/${name}`));
        state = settle({ ...state, gateways: [...kept, ...more], nodes: nodes(count) }).snapshot;
        for (const name of known) {
          if (before.has(name)) expect(groupsOf(state).get(name)).toBe(before.get(name));
        }
        const keys = new Map(state.cluster?.status?.groups?.map(({ group, key }) => [group, key]));
        for (const group of groupsOf(state).values()) expect(keys.has(group)).toBe(true);
        expect(compile(state).placements).toHaveLength(present.length);
      }
    }),
    { numRuns: 25 },
  );
});
