import { expect, test } from 'vitest';
import type { Node } from '../../../src/api/core.ts';
import type { PlacementCandidate } from '../../../src/api/kinds.ts';
import { keepLeaving, markJoining } from '../../../src/compile/joining.ts';
import { node } from '../../support/objects.ts';

const candidate = (place: number, joining?: true): PlacementCandidate => ({
  node: `node-${place}`,
  address: `192.0.2.${place}`,
  priority: 210 - 10 * place,
  ...(joining === undefined ? {} : { joining }),
});
const nodesWith = (...dead: readonly number[]): ReadonlyMap<string, Node> =>
  new Map(
    [1, 2, 3, 4].map((place) => [
      `node-${place}`,
      node(`node-${place}`, `192.0.2.${place}`, { ready: !dead.includes(place) }),
    ]),
  );
interface Case {
  readonly current: readonly PlacementCandidate[];
  readonly wanted: readonly number[];
  readonly owner?: string;
  readonly applied?: readonly string[];
  readonly dead?: readonly number[];
}
const joiningOf = ({ current, wanted, owner, applied = [], dead = [] }: Case) =>
  markJoining(
    wanted.map((place) => candidate(place)),
    nodesWith(...dead),
    { current, hasApplied: (name) => applied.includes(name), ...(owner === undefined ? {} : { owner }) },
  ).flatMap(({ node: name, joining }) => (joining === true ? [name] : []));

const pair = [candidate(1), candidate(2)];
const joined = [...pair, candidate(3, true)];

const listed = (
  current: readonly PlacementCandidate[],
  wanted: readonly number[],
  { applied = [], gone = [] }: { readonly applied?: readonly string[]; readonly gone?: readonly string[] } = {},
) =>
  keepLeaving(
    wanted.map((place) => candidate(place)),
    new Map([...nodesWith()].filter(([name]) => !gone.includes(name))),
    { current, hasApplied: (name) => applied.includes(name) },
  );
const leaver: PlacementCandidate = { node: 'node-2', address: '192.0.2.2', priority: 1, leaving: true };

test('who is to be no candidate any more stays listed, silent and last, until it has applied that', () => {
  expect(listed(pair, [1, 3])).toEqual([candidate(1), candidate(3), leaver]);
  // What it has applied does not say so yet.
  expect(listed(pair, [1, 3], { applied: ['node-2'] })).toEqual([candidate(1), candidate(3), leaver]);
  const going = [candidate(1), candidate(3), leaver];
  expect(listed(going, [1, 3], { applied: ['node-1', 'node-3'] })).toEqual(going);
  expect(listed(going, [1, 3], { applied: ['node-2'] })).toEqual([candidate(1), candidate(3)]);
});

test('nobody waits for a node that is gone, or never spoke', () => {
  expect(listed(pair, [1, 3], { gone: ['node-2'] })).toEqual([candidate(1), candidate(3)]);
  expect(listed([candidate(1), candidate(2, true)], [1], { applied: ['node-2'] })).toEqual([candidate(1)]);
});

test('one that leaves and is wanted again speaks as soon as all that matter know it', () => {
  const going = [candidate(1), candidate(3), leaver];
  expect(joiningOf({ current: going, wanted: [1, 2, 3], owner: 'node-1' })).toEqual(['node-2']);
  expect(joiningOf({ current: going, wanted: [1, 2, 3], owner: 'node-1', applied: ['node-1'] })).toEqual([]);
});

test('the first candidates of a group wait for nobody', () => {
  expect(joiningOf({ current: [], wanted: [1, 2, 3] })).toEqual([]);
});

test('a newcomer waits for the owner to have applied a placement that names it', () => {
  const both = ['node-1', 'node-2'];
  // What they have applied does not name it.
  expect(joiningOf({ current: pair, wanted: [1, 2, 3], owner: 'node-1', applied: both })).toEqual(['node-3']);
  expect(joiningOf({ current: joined, wanted: [1, 2, 3], owner: 'node-1' })).toEqual(['node-3']);
  expect(joiningOf({ current: joined, wanted: [1, 2, 3], owner: 'node-1', applied: ['node-2'] })).toEqual(['node-3']);
  expect(joiningOf({ current: joined, wanted: [1, 2, 3], owner: 'node-1', applied: ['node-1'] })).toEqual([]);
});

test('while nobody says who owns, it waits for all others that are Ready', () => {
  expect(joiningOf({ current: joined, wanted: [1, 2, 3], applied: ['node-1'] })).toEqual(['node-3']);
  expect(joiningOf({ current: joined, wanted: [1, 2, 3], applied: ['node-1', 'node-2'] })).toEqual([]);
  expect(joiningOf({ current: joined, wanted: [1, 2, 3], applied: ['node-1'], dead: [2] })).toEqual([]);
});

test('it waits for an owner that may be cut off as long as another can take over, and for nobody else', () => {
  expect(joiningOf({ current: joined, wanted: [1, 2, 3], owner: 'node-1', dead: [1] })).toEqual(['node-3']);
  expect(joiningOf({ current: joined, wanted: [1, 2, 3], owner: 'node-1', dead: [1, 2] })).toEqual([]);
  expect(joiningOf({ current: joined, wanted: [3, 4], owner: 'node-1' })).toEqual([]);
});
