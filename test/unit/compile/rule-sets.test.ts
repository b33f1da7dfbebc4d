import { expect, test } from 'vitest';
import { canonicalJson } from '../../../src/compile/canonical-json.ts';
import { compile } from '../../../src/compile/compile.ts';
import { digest } from '../../../src/compile/digest.ts';
import { gatewayDigest } from '../../../src/compile/rule-set-digest.ts';
import { gateway, route, snapshot } from '../../support/objects.ts';

const some = (count: number, spec: Parameters<typeof route>[2] = {}) => {
  return Array.from({ length: count }, (_, index) => route(`shop/route-${index}`, 'platform/partners', spec));
};
const ruleSetsOf = (routes: ReturnType<typeof some>) => {
  return compile(snapshot({ gateways: [gateway('platform/partners')], routes })).ruleSets;
};
const ruleCount = (sets: ReturnType<typeof ruleSetsOf>) => sets.reduce((sum, { spec }) => sum + spec.rules.length, 0);

test('no route, no rule set', () => expect(ruleSetsOf([])).toEqual([]));

test('up to 500 rules share shard 0; the digest is that of its rules', () => {
  const sets = ruleSetsOf(some(500));
  expect(sets.map(({ name }) => name)).toEqual(['uid-platform-partners-0']);
  expect(sets[0]?.spec.digest).toBe(digest(canonicalJson(sets[0]?.spec.rules)));
});

test('more are split: no shard above 500, none lost, each named by its shard', () => {
  const sets = ruleSetsOf(some(3000));
  expect(ruleCount(sets)).toBe(3000);
  for (const { name, spec } of sets) {
    expect(spec.rules.length).toBeLessThanOrEqual(500);
    expect(name).toBe(`uid-platform-partners-${spec.shard}`);
    expect(spec.shard).toBeLessThan(10_000);
  }
});

test('one route more rewrites one shard', () => {
  const digests = (count: number) => new Map(ruleSetsOf(some(count)).map(({ name, spec }) => [name, spec.digest]));
  const [before, after] = [digests(3000), digests(3001)];
  const changed = [...after].filter(([name, value]) => before.get(name) !== value);
  expect(before.size).toBeGreaterThan(5);
  expect(changed.length).toBeLessThanOrEqual(2);
  expect(changed.length).toBeGreaterThan(0);
});

test('the rules of one route stay together while they fit', () => {
  const sets = ruleSetsOf(some(300, { rules: [{ matches: Array.from({ length: 8 }, () => ({})) }] }));
  const places = new Map<string, Set<number>>();
  for (const { spec } of sets) {
    for (const { route: own } of spec.rules) places.set(own.name, (places.get(own.name) ?? new Set()).add(spec.shard));
  }
  expect(sets.length).toBeGreaterThan(4);
  expect([...places.values()].every((shards) => shards.size === 1)).toBe(true);
});

test('rules too long for one object are split, also within a route', () => {
  const destinations = Array.from({ length: 64 }, (_, a) => ({
    cidr: `10.${a}.0.0/16`,
    except: Array.from({ length: 8 }, (_, b) => `10.${a}.${b}.0/24`),
  }));
  const rules = Array.from({ length: 16 }, () => ({ matches: Array.from({ length: 8 }, () => ({ destinations })) }));
  const sets = ruleSetsOf(some(1, { rules }));
  expect(ruleCount(sets)).toBe(128);
  for (const { spec } of sets) expect(JSON.stringify(spec).length).toBeLessThan(1_000_000);
});

test('the digest of a Gateway depends on every rule set, not on their order', () => {
  const [a, b] = [
    { name: 'x-1', digest: 'aa' },
    { name: 'x-2', digest: 'bb' },
  ];
  expect(gatewayDigest([a, b])).toBe(gatewayDigest([b, a]));
  expect(gatewayDigest([a])).not.toBe(gatewayDigest([a, b]));
  expect(gatewayDigest([a, { ...b, digest: 'cc' }])).not.toBe(gatewayDigest([a, b]));
});
