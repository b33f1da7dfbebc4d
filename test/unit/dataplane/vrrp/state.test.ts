import { expect, test } from 'vitest';
import { parseFailoverState, renderFailoverState } from '../../../../src/dataplane/vrrp/state.ts';

const session = (address: string, info: string) => ({
  address,
  asn: 65_000,
  established: info === '',
  announced: 3,
  info,
});

test.each([
  { running: true, dead: [] },
  { running: false, dead: [] },
  { running: true, dead: ['bond0', 'eth0.100'] },
  { running: true, dead: [], flows: new Map() },
  { running: true, dead: ['eth0'], flows: new Map(), corrected: 3 },
  { running: true, dead: [], isUrgent: true },
  {
    running: true,
    dead: ['bgp-group-2'],
    sessions: [session('192.0.2.1', 'Active, Socket: Connection refused'), session('2001:db8::1', '')],
  },
  { running: true, dead: [], corrected: 1, isUrgent: false },
  { running: true, dead: [], announces: true, trouble: 'no BFD: another program has UDP port 3784' },
  {
    running: true,
    dead: [],
    silent: [
      { hop: 'eth0-dual', address: '192.0.2.1' },
      { hop: 'eth1-dual', address: 'fe80::1' },
    ],
  },
  {
    running: true,
    dead: [],
    takeovers: [
      { group: 1, cause: 'handover', count: 2, lastMs: 40 },
      { group: 1, cause: 'silence', count: 1, lastMs: 371 },
      { group: 14, cause: 'vacant', count: 1, lastMs: 0 },
    ] as const,
  },
  {
    running: true,
    dead: ['eth0'],
    flows: new Map([
      [1, 'Synced'],
      [3, 'Syncing'],
      [14, 'None'],
    ] as const),
  },
])('%o is read as it was written', (state) => {
  expect(parseFailoverState(renderFailoverState(state))).toEqual(state);
});

test('nothing runs without the file, and with anything else in it', () => {
  for (const text of [undefined, '', 'run', 'stopped\nrunning\n', 'RUNNING\n'])
    expect(parseFailoverState(text)).toEqual({ running: false, dead: [] });
  expect(parseFailoverState('running\ndead\ndead a b\nundead eth0\n')).toEqual({ running: true, dead: [] });
});

test('a process of before says nothing of flows; one of before us reads what is for it', () => {
  expect(parseFailoverState('running\ndead eth0\nflows 1 Synced\n').flows).toBeUndefined();
  const text = renderFailoverState({ running: true, dead: ['eth0'], flows: new Map([[2, 'Synced']]) });
  expect(text).toMatch(/^running\ndead eth0\n/);
});

test('strange lines about flows are none', () => {
  const strange = ['flows 0 Synced', 'flows 15 Synced', 'flows 2 Done', 'flows 2', 'flows 2 Synced more', 'more'];
  const { flows } = parseFailoverState(['running', 'replicates', ...strange, 'flows 4 Synced', ''].join('\n'));
  expect([...(flows ?? [])]).toEqual([[4, 'Synced']]);
});

test('strange lines about takeovers are none', () => {
  const strange = ['taken 0 silence 1 1', 'taken 1 boredom 1 1', 'taken 1 silence 1', 'taken 1 silence -1 1', 'taken'];
  expect(parseFailoverState(['running', ...strange, ''].join('\n'))).toEqual({ running: true, dead: [] });
});

test('strange lines about routers and BIRD are none', () => {
  const strange = ['silent eth0', 'silent eth0 x', 'silent eth0 192.0.2.999', 'announces more', 'trouble', 'trouble '];
  expect(parseFailoverState(['running', ...strange, ''].join('\n'))).toEqual({ running: true, dead: [] });
});

test('what a router sends as a reason writes no line of its own', () => {
  const sessions = [session('192.0.2.1', 'Received: \nrunning\ndead eth0\u001b[2J é')];
  const { dead, sessions: read } = parseFailoverState(renderFailoverState({ running: true, dead: [], sessions }));
  expect([dead, read?.[0]?.info]).toEqual([[], 'Received: ?running?dead eth0?[2J ?']);
});
