import fc from 'fast-check';
import { expect, test } from 'vitest';
import { poolAddressType } from '../../../src/api/names.ts';
import { compile } from '../../../src/compile/compile.ts';
import type { EgressPlan } from '../../../src/compile/egress-plan.ts';
import { applyPlan, settle } from '../../../src/preview/settle.ts';
import { reportAll } from '../../support/apply-plan.ts';
import { shuffled, snapshotArbitrary } from '../../support/compile-arbitrary.ts';
import { gateway, pool, route } from '../../support/objects.ts';

const runs = { numRuns: 60 };

test('the order of objects does not matter', () => {
  const pairs = snapshotArbitrary.chain((original) => shuffled(original).map((mixed) => ({ original, mixed })));
  fc.assert(
    fc.property(pairs, ({ original, mixed }) => {
      expect(JSON.stringify(compile(mixed))).toBe(JSON.stringify(compile(original)));
    }),
    runs,
  );
});

test('writing what was planned comes to rest, with and without reports', () => {
  fc.assert(
    fc.property(snapshotArbitrary, (start) => {
      const { snapshot } = settle(start, 7);
      const { plan } = settle(reportAll({ ...snapshot, now: snapshot.now + 10_000 }, ['node-1', 'node-2']), 7);
      // At rest there is nothing to tell either.
      expect(plan.events).toEqual([]);
      expect(plan.claims).toEqual({ create: [], update: [], remove: [] });
    }),
    runs,
  );
});

test('at no step have two holders one address or number', () => {
  fc.assert(
    fc.property(snapshotArbitrary, (start) => {
      let snapshot = start;
      for (let round = 0; round < 5; round++) {
        const plan = compile(snapshot);
        expectUnique(plan);
        // The clock jumps, so that what rests comes free in between.
        snapshot = { ...applyPlan(snapshot, plan), now: snapshot.now + 300_000 };
      }
    }),
    runs,
  );
});

function expectUnique(plan: EgressPlan): void {
  const placed = plan.placements.flatMap(({ spec }) => spec.identities);
  for (const list of [
    placed.flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6].filter((address) => address !== undefined)),
    placed.map(({ id }) => id),
    plan.cluster?.status.nodeIndexes?.map(({ index }) => index) ?? [],
    plan.cluster?.status.nodeIndexes?.map(({ node }) => node) ?? [],
    plan.cluster?.status.groups?.map(({ group }) => group) ?? [],
    plan.cluster?.status.identities?.map(({ id }) => id) ?? [],
    plan.claims.create.map(({ name }) => name),
    plan.nodes.map(({ spec }) => spec.index),
  ]) {
    expect(new Set<unknown>(list).size).toBe(list.length);
  }
  for (const { spec } of plan.placements) {
    for (const { id } of spec.identities) expect(Math.floor(id / 512)).toBe(spec.group);
    const peers = plan.placements.filter((other) => other.spec.group === spec.group);
    for (const peer of peers) expect(peer.spec.candidates).toEqual(spec.candidates);
  }
}

test('a broken object changes nothing for the others', () => {
  fc.assert(
    fc.property(snapshotArbitrary, (start) => {
      const before = compile(start);
      const after = compile({
        ...start,
        gateways: [
          ...start.gateways,
          gateway('z/refused', { addresses: [{ type: 'Hostname', value: 'x' }] }),
          gateway('z/outside', { addresses: [{ value: '203.0.113.9' }] }),
          gateway('z/no-pool', { addresses: [{ type: poolAddressType, value: 'nobody' }] }),
          gateway('z/no-listener', { listeners: [] }),
        ],
        routes: [
          ...start.routes,
          route('z/hostname', 'a/a', { rules: [{ matches: [{ destinations: [{ hostname: 'x' }] }] }] }),
          route('z/orphan', 'nobody/nothing'),
        ],
        pools: [...start.pools, pool('zzz', ['10.0.0.1/8'])],
      });
      const isOld = ({ ref }: { readonly ref: { readonly namespace?: string } }) => ref.namespace !== 'z';
      expect(after.gateways.filter(isOld)).toEqual(before.gateways);
      expect(after.routes.filter(isOld)).toEqual(before.routes);
      expect(after.claims).toEqual(before.claims);
      expect(after.ruleSets).toEqual(before.ruleSets);
      expect(after.cluster).toEqual(before.cluster);
    }),
    runs,
  );
});

test('a Gateway keeps its addresses while others come', () => {
  fc.assert(
    fc.property(snapshotArbitrary, snapshotArbitrary, (first, second) => {
      const { snapshot, plan } = settle(first, 7);
      const uids = new Set(snapshot.gateways.map(({ metadata }) => metadata.uid));
      const newcomers = second.gateways.filter(({ metadata }) => !uids.has(metadata.uid));
      const later = settle({ ...snapshot, gateways: [...newcomers, ...snapshot.gateways] }, 7).plan;
      for (const { name, spec } of plan.placements) {
        const after = later.placements.find((placement) => placement.name === name);
        expect(after?.spec.identities).toEqual(spec.identities);
        expect(after?.spec.group).toBe(spec.group);
      }
    }),
    runs,
  );
});
