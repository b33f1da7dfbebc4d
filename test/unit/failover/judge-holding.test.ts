import { expect, test } from 'vitest';
import { type GroupSaid, hear, judgeHolding } from '../../../src/failover/judge-holding.ts';

const group = {
  group: 2,
  addresses: [
    { address: '198.19.255.242', device: 'eth0' },
    { address: '172.30.0.100', device: 'eth1' },
    { address: '2001:db8:30::100', device: 'eth1' },
  ],
} as const;
const anchor = { device: 'eth0', address: '198.19.255.242', length: 32 };
const egress = { device: 'eth1', address: '2001:db8:30::100', length: 128 };
const own = { device: 'eth0', address: '192.0.2.12', length: 24 };
const said = (state: GroupSaid['state'], believesSet = false): GroupSaid => ({ state, since: 0, believesSet });

test.each([
  ['nothing said yet', undefined, [anchor], { kind: 'right' }],
  ['a standby without', said('BACKUP'), [own], { kind: 'right' }],
  [
    'a standby with an egress address',
    said('BACKUP'),
    [own, egress],
    { kind: 'stray', addresses: [egress], restart: false },
  ],
  [
    'one in fault with the tunnel address',
    said('FAULT'),
    [anchor],
    { kind: 'stray', addresses: [anchor], restart: false },
  ],
  ['one that believes them set', said('BACKUP', true), [anchor], { kind: 'stray', addresses: [anchor], restart: true }],
  ['believing alone', said('FAULT', true), [own], { kind: 'stray', addresses: [], restart: true }],
  ['the same address elsewhere', said('BACKUP'), [{ ...egress, device: 'eth7' }], { kind: 'right' }],
  ['an owner', said('MASTER', true), [own, anchor], { kind: 'right' }],
  [
    'an owner without its tunnel address',
    said('MASTER', true),
    [own, egress],
    { kind: 'missing', address: anchor.address },
  ],
] as const)('%s', (_, known, held, expected) => {
  expect(judgeHolding(group, known, held)).toEqual(expected);
});

const heard = (...lines: readonly string[]) => {
  let known: ReadonlyMap<number, GroupSaid> = new Map();
  lines.forEach((line, at) => {
    known = hear(known, `Sat Nov 21 23:05:58 2026: ${line}`, at);
  });
  return known.get(2);
};

test.each([
  [['(sallyport_2) Entering BACKUP STATE (init)'], 'BACKUP', 0, false],
  [['(sallyport_2) Entering BACKUP STATE', '(sallyport_2) Entering MASTER STATE'], 'MASTER', 1, true],
  [['(sallyport_2) Entering MASTER STATE', '(sallyport_1) Entering FAULT STATE'], 'MASTER', 0, true],
  [
    ['(sallyport_2) Entering MASTER STATE', '(sallyport_2) Entering FAULT STATE', '(sallyport_2) removing VIPs.'],
    'FAULT',
    2,
    false,
  ],
  // As it was seen: out of FAULT with the addresses of a MASTER, and nothing removed.
  [
    [
      '(sallyport_2) Entering MASTER STATE',
      '(sallyport_2) setting VIPs.',
      '(sallyport_2): tracked file next-hop-eth0 leaving FAULT state',
      '(sallyport_2) Entering BACKUP STATE',
      'sallyport_2: sending gratuitous ARP for 192.0.2.12',
    ],
    'BACKUP',
    3,
    true,
  ],
  [['(sallyport_2) Entering MASTER STATE', '(sallyport_2) Entering BACKUP STATE (init)'], 'BACKUP', 1, false],
  [
    [
      '(sallyport_2) Entering MASTER STATE',
      '(sallyport_2): entering FAULT state (tracked file next-hop-eth0 has status -254)',
    ],
    'FAULT',
    1,
    true,
  ],
] as const)('%j', (lines, state, since, believesSet) => {
  expect(heard(...lines)).toEqual({ state, since, believesSet });
});

test('what says nothing of a group leaves all as it was', () => {
  const known = new Map([[2, said('MASTER', true)]]);
  for (const line of [
    '',
    'Reloading',
    '(other) Entering BACKUP STATE',
    '(sallyport_3) removing VIPs.',
    '(sallyport_2) sent 0 priority',
  ])
    expect(hear(known, line, 9)).toBe(known);
});
