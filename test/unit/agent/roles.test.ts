import { expect, test } from 'vitest';
import { changeIn, createFlips, createStartWatch, rolesOf } from '../../../src/agent/roles.ts';
import type { NodePlan } from '../../../src/compile/node-plan.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

test('a group that has just come to the node is no fault until ten seconds are over; one that ran is at once', async () => {
  const clock = createFakeClock();
  const watch = createStartWatch(clock);
  const look = (role: 'Fault' | 'Standby') => {
    const { known, lookAgainMs } = watch.withoutStarting(new Map([[1, role]]));
    return [known.get(1), lookAgainMs];
  };
  await clock.advance(60_000);
  expect(look('Fault')).toEqual([undefined, 10_000]);
  await clock.advance(9_999);
  expect(look('Fault')).toEqual([undefined, 1]);
  await clock.advance(1);
  expect(look('Fault')).toEqual(['Fault', undefined]);
  expect(look('Standby')).toEqual(['Standby', undefined]);
  expect(look('Fault')).toEqual(['Fault', undefined]);
  watch.withoutStarting(new Map());
  expect(look('Fault')).toEqual([undefined, 10_000]);
});

test('who joins says nothing of the group yet, though keepalived runs for others', () => {
  const vrrp = { virtualRouterId: 1, priority: 180, advertMilliseconds: 100, preempt: false, egressAddresses: [] };
  const groups = [
    { group: 1, tunnel: '198.19.255.241', candidates: [], vrrp: { ...vrrp, silent: true } },
    { group: 2, tunnel: '198.19.255.242', candidates: [], vrrp },
  ];
  const roles = rolesOf({ groups } as unknown as NodePlan, new Set(), () => true);
  expect([...roles]).toEqual([[2, 'Standby']]);
});

test('a fault is told at once where one knows why', async () => {
  const watch = createStartWatch(createFakeClock());
  const problems = new Map([[1, 'interface eth1 does not exist']]);
  const { known, lookAgainMs } = watch.withoutStarting(
    new Map([
      [1, 'Fault'],
      [2, 'Fault'],
    ]),
    problems,
  );
  expect([...known]).toEqual([[1, 'Fault']]);
  expect(lookAgainMs).toBe(10_000);
});

test.each([
  ['2: eth0    inet 192.0.2.100/32 scope global eth0', 'addresses'],
  ['Deleted 12: eth0.7    inet6 2001:db8::1/128 scope global', 'addresses'],
  ['default via 192.0.2.1 dev eth0 ', 'next-hops'],
  ['Deleted default via 192.0.2.1 dev eth0 ', 'next-hops'],
  ['10.244.1.2 dev veth1 scope link ', undefined],
  ['local 192.0.2.100 dev eth0 table local proto kernel scope host src 192.0.2.100 ', undefined],
  ['       valid_lft forever preferred_lft forever', undefined],
  ['5: eth1.7@eth1: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state LOWERLAYERDOWN', 'addresses'],
  ['Deleted 5: eth1.7@if7: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default ', 'addresses'],
  // Of every Pod that comes or goes.
  ['6: veth7    inet6 fe80::80b2:e3ff:fe33:e63d/64 scope link ', undefined],
  ['6: veth7@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ', undefined],
])('%s: %s', (line, what) => {
  expect(changeIn(line, (device) => device === 'eth1.7')).toBe(what);
});

test('routes are gone with a device that went down, and with no other news of it', () => {
  const flipped = createFlips();
  const lines: readonly (readonly [string, boolean])[] = [
    ['2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ', false],
    ['2: eth0    inet 192.0.2.100/32 scope global eth0', false],
    ['Deleted 2: eth0    inet 192.0.2.100/32 scope global eth0', false],
    ['2: eth0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default ', false],
    ['2: eth0: <BROADCAST,MULTICAST> mtu 1500 qdisc noqueue state DOWN group default ', true],
    ['2: eth0: <BROADCAST,MULTICAST> mtu 1400 qdisc noqueue state DOWN group default ', false],
    ['5: eth1.7@eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ', false],
    ['2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default ', true],
    ['2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 ', false],
    ['Deleted 5: eth1.7@if7: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN group default ', true],
    ['6: eth1.7@if7: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noop state UP group default ', true],
  ];
  expect(lines.map(([line]) => [line, flipped(line)])).toEqual(lines);
});
