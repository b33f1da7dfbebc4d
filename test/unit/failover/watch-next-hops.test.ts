import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renderNextHops } from '../../../src/dataplane/vrrp/next-hops.ts';
import { watchNextHops } from '../../../src/failover/watch-next-hops.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner, type FakeRunner } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

let runDir: string;
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'next-hops-'));
  await mkdir(join(runDir, 'failover/next-hop'), { recursive: true });
});
afterEach(() => rm(runDir, { recursive: true }));

const router = { name: 'eth0', device: 'eth0', address: '192.0.2.1' };
const hopsFile = () => join(runDir, 'failover/next-hops.json');
const verdict = (device = 'eth0') => readFile(join(runDir, 'failover/next-hop', device), 'utf8').catch(() => 'none');
const asks = (runner: FakeRunner) => runner.streams.map(({ call }) => [call.command, ...call.args].join(' '));

function start(runner = createFakeRunner(() => 'hang')) {
  const stop = new AbortController();
  const clock = createFakeClock();
  const told: string[] = [];
  const onVerdict = async (device: string, isDead: boolean, silent: readonly string[]) => {
    told.push([device, isDead ? 'dead' : 'alive', ...silent.map((address) => `without ${address}`)].join(' '));
  };
  const done = watchNextHops({ runDir, runner, clock, log: silentLog, signal: stop.signal, onVerdict });
  /** Seconds go by; in each the oldest `arping` hears an answer, or nothing. */
  const pass = async (...answers: readonly boolean[]) => {
    for (const answer of answers) {
      const [stream] = runner.streams;
      stream?.line('ARPING 192.0.2.1 from 192.0.2.11 eth0');
      if (answer) stream?.line('Unicast reply from 192.0.2.1 [86:D7:93:6B:4D:38]  0.541ms');
      await clock.advance(1_000);
      // A verdict takes real time to be written.
      await vi.waitFor(() => expect(clock.sleeping()).toBeGreaterThan(0));
    }
  };
  const end = async () => {
    stop.abort();
    await done;
    expect(runner.streams).toEqual([]);
  };
  return { runner, pass, end, clock, told };
}

test('a next hop that answered and falls silent is dead, and alive when it answers again; nothing is spawned for it', async () => {
  await writeFile(hopsFile(), renderNextHops([router]));
  const { runner, pass, end, told } = start();
  await vi.waitFor(() => expect(asks(runner)).toEqual(['arping -b -I eth0 192.0.2.1']));
  await pass(false, true, true, false, false);
  expect(await verdict()).toBe('0\n');
  await pass(false);
  await vi.waitFor(async () => expect(await verdict()).toBe('1\n'));
  await pass(true);
  expect(await verdict()).toBe('1\n');
  await pass(true);
  await vi.waitFor(async () => expect(await verdict()).toBe('0\n'));
  expect(runner.calls).toHaveLength(1);
  expect(told).toEqual(['eth0 alive', 'eth0 dead', 'eth0 alive']);
  await end();
});

test('follows the file: another next hop is asked and not dead, one that is named no more is forgotten', async () => {
  await writeFile(hopsFile(), renderNextHops([router]));
  const { runner, pass, end } = start();
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  await pass(true, true, false, false, false);
  await vi.waitFor(async () => expect(await verdict()).toBe('1\n'));
  await writeFile(hopsFile(), renderNextHops([{ ...router, address: '192.0.2.254' }]));
  await vi.waitFor(() => expect(asks(runner)).toEqual(['arping -b -I eth0 192.0.2.254']));
  // Written after the question was given up.
  await vi.waitFor(async () => expect(await verdict()).toBe('0\n'));
  await writeFile(hopsFile(), '[{"device":"../state","address":"192.0.2.1"}]');
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asks(runner)).toEqual(['arping -b -I eth0 192.0.2.254']);
  await pass(true, true, false, false, false);
  await vi.waitFor(async () => expect(await verdict()).toBe('1\n'));
  await rm(hopsFile());
  await vi.waitFor(() => expect(runner.streams).toEqual([]));
  await vi.waitFor(async () => expect(await verdict()).toBe('0\n'));
  await end();
});

test('an arping that ends, or hears nothing for long, is replaced, and the time without it is no evidence', async () => {
  await writeFile(hopsFile(), renderNextHops([router]));
  const { runner, pass, end, clock } = start();
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  await pass(true, true);
  for (let turn = 0; turn < 4; turn++) {
    runner.streams[0]?.end(2);
    await clock.advance(1_000);
    await clock.advance(1_000);
  }
  await clock.advance(10_000);
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  expect(await verdict()).toBe('0\n');
  const before = runner.calls.length;
  await pass(true, true, ...Array<boolean>(12).fill(false));
  await vi.waitFor(() => expect(runner.calls).toHaveLength(before + 1));
  expect(await verdict()).toBe('1\n');
  await end();
});

test('without arping nothing is judged', async () => {
  await writeFile(hopsFile(), renderNextHops([router]));
  const { runner, end, clock } = start(createFakeRunner(() => 'missing'));
  await vi.waitFor(() => expect(runner.calls).toHaveLength(1));
  await clock.advance(60_000);
  expect(await verdict()).toBe('none');
  expect(runner.calls.length).toBeLessThan(16);
  await end();
});

test('an IPv4 and an IPv6 router of one name: both must be dead, and one that is alone in it is told', async () => {
  await writeFile(hopsFile(), renderNextHops([router, { ...router, address: 'fe80::1' }]));
  const { runner, end, clock, told } = start();
  await vi.waitFor(() => expect(asks(runner).toSorted()).toEqual(['arping -b -I eth0 192.0.2.1', 'ip -6 -batch -']));
  const [four, six] = runner.streams.toSorted((a) => (a.call.command === 'arping' ? -1 : 1));
  const pass = async (seconds: number, isAlive4: boolean, isAlive6: boolean) => {
    for (let second = 0; second < seconds; second += 1) {
      four?.line('ARPING 192.0.2.1 from 192.0.2.11 eth0');
      if (isAlive4) four?.line('Unicast reply from 192.0.2.1 [86:D7:93:6B:4D:38]  0.541ms');
      six?.line(`fe80::1 lladdr 86:d7:93:6b:4d:38 managed ${isAlive6 ? 'REACHABLE' : 'PROBE'}`);
      await clock.advance(1_000);
      // Both watches, and what drives `ip`.
      await vi.waitFor(() => expect(clock.sleeping()).toBeGreaterThanOrEqual(3));
    }
  };
  await pass(3, true, true);
  await pass(5, false, true);
  expect(await verdict()).toBe('0\n');
  expect(told.at(-1)).toBe('eth0 alive without 192.0.2.1');
  await pass(4, false, false);
  await vi.waitFor(async () => expect(await verdict()).toBe('1\n'));
  await pass(2, false, true);
  await vi.waitFor(async () => expect(await verdict()).toBe('0\n'));
  await end();
});
