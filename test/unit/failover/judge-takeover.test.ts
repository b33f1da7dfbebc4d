import { expect, test } from 'vitest';
import { type GroupStory, groupIn, tellStory } from '../../../src/failover/judge-takeover.ts';

const downMs = 325;
type Said = readonly [at: number, line: string];
const init: Said = [0, 'Entering BACKUP STATE (init)'];
const master = (at: number): Said => [at, 'Entering MASTER STATE'];
const after = (lines: readonly Said[]): GroupStory =>
  lines.reduce<GroupStory>((story, [now, line]) => tellStory(story, line, { now, downMs }), {});

test.each([
  ['nobody was heard since it began', [init, master(330)], { cause: 'vacant', silentMs: 0, since: 330 }],
  ['adverts ceased', [init, master(60_000)], { cause: 'silence', silentMs: downMs, since: 60_000 }],
  [
    'the owner gave up',
    [init, [60_000, 'Backup received priority 0 advertisement'], master(60_025)],
    { cause: 'handover', silentMs: 25, since: 60_025 },
  ],
  [
    'it relieves an owner of lower priority',
    [init, [60_000, 'received lower priority (200) advert from 192.0.2.14 - discarding'], master(60_100)],
    { cause: 'handover', silentMs: 0, since: 60_100 },
  ],
  [
    'who gave up long ago has nothing to do with it',
    [init, [9_000, 'Backup received priority 0 advertisement'], master(60_000)],
    { cause: 'silence', silentMs: downMs, since: 60_000 },
  ],
  [
    'it comes back from a fault',
    [init, [9_000, 'Entering FAULT STATE'], [20_000, 'Entering BACKUP STATE'], master(20_330)],
    { cause: 'vacant', silentMs: 0, since: 20_330 },
  ],
  ['it was never heard of', [master(5)], { cause: 'vacant', silentMs: 0, since: 5 }],
] as const)('%s', (_, lines, taking) => {
  expect(after(lines).taking).toEqual(taking);
});

test('who is standby again takes nothing', () => {
  expect(after([init, master(9_000), [9_010, 'Entering BACKUP STATE']]).taking).toBeUndefined();
  expect(after([init, master(9_000), [9_010, 'entering FAULT state (no IPv4 address)']]).taking).toBeUndefined();
  const story = after([init]);
  expect(tellStory(story, 'setting VIPs.', { now: 1, downMs })).toBe(story);
});

test('whose line it is', () => {
  expect(groupIn('Sun Nov 22 13:03:13 2026: (sallyport_12) Entering MASTER STATE')).toEqual({
    group: 12,
    text: 'Entering MASTER STATE',
  });
  expect(groupIn('(sallyport_2): entering FAULT state (x)')?.group).toBe(2);
  expect(groupIn('Netlink: filter message from kernel')).toBeUndefined();
});
