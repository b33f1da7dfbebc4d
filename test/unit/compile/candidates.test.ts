import { expect, test } from 'vitest';
import type { Node } from '../../../src/api/core.ts';
import { chooseCandidates, type GroupSeat } from '../../../src/compile/candidates.ts';
import { parseCluster } from '../../../src/compile/cluster-settings.ts';
import type { GatewaySettings } from '../../../src/compile/judge-gateways.ts';
import { cluster, node } from '../../support/objects.ts';

const parsed = parseCluster(cluster());
if (!parsed.ok) throw new Error('the defaults are refused');

const settings: GatewaySettings = {
  egressClass: 'egress',
  cluster: parsed.value,
  tunnelFamily: 4,
  network: { name: 'default' },
  profile: 'Default',
  preempt: false,
  candidates: 2,
  groupKind: 'egress/default/Default/false',
};

const nodesOf = (...list: readonly Node[]) => new Map(list.map((entry) => [entry.metadata.name, entry]));
const up = (place: number) => node(`node-${place}`, `192.0.2.${place}`);
const down = (place: number) => node(`node-${place}`, `192.0.2.${place}`, { ready: false });
const namesOf = (nodes: ReadonlyMap<string, Node>, current: readonly string[], more: Partial<GatewaySettings> = {}) => {
  const { candidates } = chooseCandidates({ ...settings, ...more }, nodes, { current, place: 0 });
  return candidates.map((candidate) => candidate.node);
};

test('priorities fall from 200 in steps of 10, addresses are InternalIPs', () => {
  expect(chooseCandidates(settings, nodesOf(up(1), up(2)), { current: ['node-2', 'node-1'], place: 0 })).toEqual({
    candidates: [
      { node: 'node-2', address: '192.0.2.2', priority: 200 },
      { node: 'node-1', address: '192.0.2.1', priority: 190 },
    ],
    isHandover: false,
  });
});

test('the choice does not depend on the order of nodes, and differs between groups', () => {
  const forth = nodesOf(...[1, 2, 3, 4, 5, 6].map(up));
  const back = nodesOf(...[6, 5, 4, 3, 2, 1].map(up));
  expect(namesOf(forth, [])).toEqual(namesOf(back, []));
  const keys = Array.from({ length: 20 }, (_, index) => namesOf(forth, [], { groupKind: `kind-${index}` }).join());
  expect(new Set(keys).size).toBeGreaterThan(5);
});

const sticky: readonly [name: string, nodes: ReadonlyMap<string, Node>, current: string[], expected: string[]][] = [
  ['arrivals move nobody', nodesOf(...[1, 2, 3, 4, 5].map(up)), ['node-5', 'node-4'], ['node-5', 'node-4']],
  [
    'a newcomer joins for a dead owner, which stays: it may own the group, cut off from the API server alone',
    nodesOf(down(1), up(2), up(3)),
    ['node-1', 'node-2'],
    ['node-1', 'node-2', 'node-3'],
  ],
  [
    'when it is back, the newcomer leaves',
    nodesOf(up(1), up(2), up(3)),
    ['node-1', 'node-2', 'node-3'],
    ['node-1', 'node-2'],
  ],
  [
    'a dead candidate stays while nobody can replace it',
    nodesOf(down(1), up(2)),
    ['node-1', 'node-2'],
    ['node-1', 'node-2'],
  ],
  ['all dead: all stay', nodesOf(down(1), down(2)), ['node-1', 'node-2'], ['node-1', 'node-2']],
  ['a node that is gone leaves', nodesOf(up(2)), ['node-1', 'node-2'], ['node-2']],
  ['a free place is filled at the end', nodesOf(up(1), up(2)), ['node-2'], ['node-2', 'node-1']],
];

test.each(sticky)('%s', (_, nodes, current, expected) => {
  expect(namesOf(nodes, current)).toEqual(expected);
});

const cordoned = (place: number): Node => ({ ...up(place), spec: { unschedulable: true } });
const tainted = (place: number, key: string): Node => ({
  ...up(place),
  spec: { taints: [{ key, effect: 'NoSchedule' }] },
});
const seatsOf = (
  nodes: ReadonlyMap<string, Node>,
  current: readonly string[],
  more: { readonly owner?: string; readonly heir?: string } = {},
) => {
  const seat = { current, place: 0, ...more };
  const { candidates, isHandover } = chooseCandidates(settings, nodes, seat);
  return [...candidates.map(({ node: name, priority }) => `${name} ${priority}`), ...(isHandover ? ['handover'] : [])];
};

test.each([
  ['cordoned', cordoned(1)],
  ['tainted by us', tainted(1, 'sallyport.dev/drain')],
  ['about to be deleted by the cluster autoscaler', tainted(1, 'ToBeDeletedByClusterAutoscaler')],
  ['disrupted by Karpenter', tainted(1, 'karpenter.sh/disrupted')],
  ['out of service', tainted(1, 'node.kubernetes.io/out-of-service')],
])('a node that is %s is not chosen', (_, leaving) => {
  expect(namesOf(nodesOf(leaving, up(2)), [])).toEqual(['node-2']);
});

const leavings: readonly [
  name: string,
  nodes: ReadonlyMap<string, Node>,
  owner: string | undefined,
  expected: string[],
][] = [
  [
    'an owner hands over to the standby, which has the flows, and to no newcomer',
    nodesOf(cordoned(1), up(2), up(3)),
    'node-1',
    ['node-1 200', 'node-2 210', 'handover'],
  ],
  [
    'so does the first while nobody says who owns',
    nodesOf(cordoned(1), up(2), up(3)),
    undefined,
    ['node-1 200', 'node-2 210', 'handover'],
  ],
  [
    'once it has, it comes last',
    nodesOf(cordoned(1), up(2), up(3)),
    'node-2',
    ['node-2 200', 'node-3 190', 'node-1 180'],
  ],
  [
    'a standby comes last at once',
    nodesOf(up(1), cordoned(2), up(3)),
    'node-1',
    ['node-1 200', 'node-3 190', 'node-2 180'],
  ],
  ['nobody else: the owner stays', nodesOf(cordoned(1), down(2)), 'node-1', ['node-1 200', 'node-2 190']],
  ['all leave: nothing moves', nodesOf(cordoned(1), cordoned(2)), 'node-1', ['node-1 200', 'node-2 190']],
  [
    'a dead one does not hand over',
    nodesOf({ ...down(1), spec: { unschedulable: true } }, up(2)),
    'node-1',
    ['node-1 200', 'node-2 190'],
  ],
];

test.each(leavings)('leaving: %s', (_, nodes, owner, expected) => {
  expect(seatsOf(nodes, ['node-1', 'node-2'], owner === undefined ? {} : { owner })).toEqual(expected);
});

test('a handover stays as it is while nobody says to own the group, unless the heir died', () => {
  const three = ['node-1', 'node-2', 'node-3'];
  const handedOver = ['node-1 200', 'node-2 190', 'node-3 210', 'handover'];
  const nodes = nodesOf(up(1), cordoned(2), up(3), up(4));
  expect(seatsOf(nodes, three, { heir: 'node-3' })).toEqual(handedOver);
  expect(seatsOf(nodes, three, { heir: 'node-3', owner: 'node-3' })).not.toContain('handover');
  expect(seatsOf(nodesOf(up(1), cordoned(2), down(3), up(4)), three, { heir: 'node-3' })).not.toContain('handover');
  // One of them is no candidate any more.
  expect(seatsOf(nodesOf(cordoned(2), up(3), up(4)), three, { heir: 'node-3' })).not.toContain('node-1 200');
});

test('a newcomer joins for an owner that leaves only where no other can take over', () => {
  const seat = { current: ['node-1', 'node-2'], place: 0, owner: 'node-1', isReady: () => false };
  const { candidates, isHandover } = chooseCandidates(settings, nodesOf(cordoned(1), up(2), up(3)), seat);
  expect(candidates.map(({ node: name }) => name)).toEqual(['node-1', 'node-2', 'node-3']);
  expect(isHandover).toBe(false);
});

test('an owner that is not first hands over, too, and to the one that has the flows', () => {
  const nodes = nodesOf(up(1), up(2), cordoned(3), up(4));
  const seat = { current: ['node-1', 'node-2', 'node-3'], place: 0, owner: 'node-3', pair: ['node-2', 'node-3'] };
  const { candidates, isHandover } = chooseCandidates({ ...settings, candidates: 2 }, nodes, seat);
  expect(candidates.map(({ node: name, priority }) => `${name} ${priority}`)).toEqual([
    'node-1 200',
    'node-2 210',
    'node-3 180',
  ]);
  expect(isHandover).toBe(true);
});

test('an heir is one that reports to be ready, with the flows', () => {
  const nodes = nodesOf(cordoned(1), up(2), up(3));
  const seat = { current: ['node-1', 'node-2', 'node-3'], place: 0, owner: 'node-1', pair: ['node-1', 'node-2'] };
  const heirOf = (ready: readonly string[]) => {
    const { candidates, isHandover } = chooseCandidates(settings, nodes, {
      ...seat,
      isReady: (name) => ready.includes(name),
    });
    return isHandover ? candidates.find(({ priority }) => priority === 210)?.node : undefined;
  };
  expect(heirOf(['node-2', 'node-3'])).toBe('node-2');
  expect(heirOf(['node-3'])).toBe('node-3');
  expect(heirOf([])).toBeUndefined();
});

test('nobody comes before an owner that took over from one that leaves', () => {
  const seat = { current: ['node-1', 'node-2', 'node-3', 'node-4'], place: 0, owner: 'node-4' };
  const nodes = nodesOf(cordoned(1), up(2), up(3), up(4));
  const { candidates } = chooseCandidates({ ...settings, candidates: 3 }, nodes, seat);
  expect(candidates.map(({ node: name, priority }) => `${name} ${priority}`)).toEqual([
    'node-2 190',
    'node-3 180',
    'node-4 200',
    'node-1 170',
  ]);
});

test('an owner that is well stays a candidate, and so does who has its flows, whoever comes back', () => {
  const nodes = nodesOf(up(1), up(2), up(3));
  const seat = { current: ['node-1', 'node-2', 'node-3'], place: 0, owner: 'node-3', pair: ['node-2', 'node-3'] };
  const names = (count: number) =>
    chooseCandidates({ ...settings, candidates: count }, nodes, seat).candidates.map(({ node: name }) => name);
  expect(names(2)).toEqual(['node-2', 'node-3']);
  expect(names(1)).toEqual(['node-3']);
});

test('a class without standbys hands over to a newcomer', () => {
  const seat = { current: ['node-1'], place: 0, owner: 'node-1' };
  const { candidates, isHandover } = chooseCandidates(
    { ...settings, candidates: 1 },
    nodesOf(cordoned(1), up(2)),
    seat,
  );
  expect(candidates.map(({ node: name, priority }) => `${name} ${priority}`)).toEqual(['node-1 200', 'node-2 210']);
  expect(isHandover).toBe(true);
});

test('a standby comes from another zone than the owner if there is one', () => {
  const inZone = (place: number, zone: string) =>
    node(`node-${place}`, `192.0.2.${place}`, { labels: { 'topology.kubernetes.io/zone': zone } });
  const nodes = nodesOf(...[1, 2, 3, 4, 5].map((place) => inZone(place, 'a')), inZone(6, 'b'));
  expect(namesOf(nodes, ['node-1'])).toEqual(['node-1', 'node-6']);
  expect(new Set(namesOf(nodes, [], { candidates: 2 })).has('node-6')).toBe(true);
  expect(namesOf(nodes, [], { candidates: 4 })).toHaveLength(4);
});

test('only selected nodes with an IPv4 InternalIP', () => {
  const nodes = nodesOf(
    node('node-1', '192.0.2.1', { labels: { egress: 'true' } }),
    up(2),
    node('node-3', '2001:db8::3', { labels: { egress: 'true' } }),
  );
  const nodeSelector = { matchLabels: { egress: 'true' } };
  expect(namesOf(nodes, ['node-2'], { nodeSelectors: [nodeSelector] })).toEqual(['node-1']);
});

test('fewer candidates wanted: the last leave', () => {
  expect(namesOf(nodesOf(up(1), up(2)), ['node-2', 'node-1'], { candidates: 1 })).toEqual(['node-2']);
});

test('the groups of one kind begin with different nodes, and are full of others', () => {
  const nodes = nodesOf(up(1), up(2), up(3));
  const lists = [0, 1, 2, 3].map((place) =>
    chooseCandidates(settings, nodes, { current: [], place }).candidates.map((candidate) => candidate.node),
  );
  expect(new Set(lists.slice(0, 3).map(([first]) => first)).size).toBe(3);
  expect(lists[3]).toEqual(lists[0]);
  for (const list of lists) expect(new Set(list).size).toBe(2);
});

const taking = (
  nodes: ReadonlyMap<string, Node>,
  { owner, ready, preempt = true }: { readonly owner?: string; readonly ready: string; readonly preempt?: boolean },
) =>
  chooseCandidates({ ...settings, preempt, candidates: 3 }, nodes, {
    current: ['node-1', 'node-2', 'node-3'],
    place: 0,
    isReady: (name) => ready.includes(name),
    ...(owner === undefined ? {} : { owner }),
  });

test('with preemption the first takes back, but not before it has the flows', () => {
  const nodes = nodesOf(up(1), up(2), up(3));
  expect(taking(nodes, { owner: 'node-2', ready: 'node-3' })).toMatchObject({ isHandover: false, returning: 'node-1' });
  const back = taking(nodes, { owner: 'node-2', ready: 'node-1 node-3' });
  expect(back).toMatchObject({ isHandover: true, returning: 'node-1' });
  expect(back.candidates.map(({ priority }) => priority)).toEqual([210, 190, 180]);
  const done = taking(nodes, { owner: 'node-1', ready: 'node-2 node-3' });
  expect([done.isHandover, done.returning]).toEqual([false, undefined]);
});

test('it takes nothing back without preemption, nor while it is dead or leaves, nor while nobody says who owns', () => {
  const all = { owner: 'node-2', ready: 'node-1 node-2 node-3' };
  const quiet = { isHandover: false };
  expect(taking(nodesOf(up(1), up(2), up(3)), { ...all, preempt: false })).toMatchObject(quiet);
  expect(taking(nodesOf(down(1), up(2), up(3)), all)).toMatchObject(quiet);
  expect(taking(nodesOf(cordoned(1), up(2), up(3)), all)).toMatchObject(quiet);
  expect(taking(nodesOf(up(1), up(2), up(3)), { ready: all.ready })).toMatchObject(quiet);
});

const inZone = (place: number, zone: string) =>
  node(`node-${place}`, `192.0.2.${place}`, { labels: { 'topology.kubernetes.io/zone': zone } });
const zones = nodesOf(inZone(1, 'a'), inZone(2, 'a'), inZone(3, 'b'), inZone(4, 'c'));
const isOf = (zone: string) => (name: string) =>
  zones.get(name)?.metadata.labels?.['topology.kubernetes.io/zone'] === zone;

test('a new group begins in a zone with room, and where none has, as without a limit', () => {
  for (let place = 0; place < 4; place += 1) {
    const seat = { current: [], place, hasRoom: isOf('b') };
    const { candidates, isHandover } = chooseCandidates(settings, zones, seat);
    expect([candidates[0]?.node, isHandover]).toEqual(['node-3', false]);
    expect(chooseCandidates(settings, zones, { ...seat, hasRoom: () => false })).toEqual(
      chooseCandidates(settings, zones, { current: [], place }),
    );
  }
});

const crowdedZones: readonly [what: string, more: Partial<GroupSeat>, expected: readonly string[]][] = [
  ['goes to a candidate that has its flows', { owner: 'node-1' }, ['node-1 200', 'node-3 210', 'handover']],
  ['stays while nobody has them', { owner: 'node-1', isReady: () => false }, ['node-1 200', 'node-3 190']],
  ['stays where no other zone has room', { owner: 'node-1', hasRoom: () => false }, ['node-1 200', 'node-3 190']],
  ['stays while nobody says who owns it', {}, ['node-1 200', 'node-3 190']],
  ['that has been relieved stays where it is', { owner: 'node-3' }, ['node-1 200', 'node-3 190']],
];
test.each(crowdedZones)('a group of a zone with too many %s', (_, more, expected) => {
  const seat = { current: ['node-1', 'node-3'], place: 0, hasRoom: isOf('b'), ...more };
  const { candidates, isHandover } = chooseCandidates(settings, zones, seat);
  expect([...candidates.map((one) => `${one.node} ${one.priority}`), ...(isHandover ? ['handover'] : [])]).toEqual(
    expected,
  );
});

test('a group whose class preempts does not come back into a zone with too many', () => {
  const seat = { current: ['node-1', 'node-3'], place: 0, owner: 'node-3' };
  const preempts = { ...settings, preempt: true };
  expect(chooseCandidates(preempts, zones, seat).isHandover).toBe(true);
  expect(chooseCandidates(preempts, zones, { ...seat, hasRoom: isOf('b') }).isHandover).toBe(false);
});
