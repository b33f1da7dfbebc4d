import { expect, test } from 'vitest';
import { askProgram } from '../../../src/failover/ask-router.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

test('an IPv4 router is asked by arping', () => {
  const program = askProgram({ name: 'eth0', device: 'eth0', address: '192.0.2.1' }, createFakeClock());
  expect(program.command).toEqual(['arping', '-b', '-I', 'eth0', '192.0.2.1']);
  expect(program.isAnswer('Broadcast reply from 192.0.2.1 [0A:01:00:00:01:01]  0.5ms')).toBe(true);
  expect(program.isAnswer('ARPING 192.0.2.1 from 192.0.2.11 eth0')).toBe(false);
});

test('an IPv6 router is probed by the kernel once it is known, and shown a moment later', async () => {
  const clock = createFakeClock();
  const { drive, isAnswer } = askProgram({ name: 'eth0', device: 'eth0', address: 'fe80::1' }, clock);
  const stop = new AbortController();
  const written: string[] = [];
  const take = () => written.splice(0).join('').trimEnd().split('\n');
  const done = drive?.((text) => written.push(text), stop.signal).catch(() => {});
  expect(take()).toEqual(['neigh replace fe80::1 dev eth0 managed']);
  await clock.advance(750);
  expect(take()).toEqual(['neigh show to fe80::1 dev eth0']);
  // Without a hardware address the kernel refuses to probe, and `ip` would end.
  expect(isAnswer('fe80::1 managed INCOMPLETE ')).toBe(false);
  await clock.advance(250);
  expect(take()).toEqual(['neigh replace fe80::1 dev eth0 managed']);
  await clock.advance(750);
  take();
  expect(isAnswer('fe80::1 lladdr 0a:01:00:00:01:01 router managed REACHABLE')).toBe(true);
  await clock.advance(250);
  expect(take()).toEqual(['neigh change fe80::1 dev eth0 nud probe', 'neigh replace fe80::1 dev eth0 managed']);
  await clock.advance(750);
  expect(isAnswer('fe80::1 lladdr 0a:01:00:00:01:01 router managed PROBE')).toBe(false);
  stop.abort();
  await done;
});
