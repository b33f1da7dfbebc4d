import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Replica } from '../../../src/dataplane/replication/replicas.ts';
import type { FlowsHeld } from '../../../src/dataplane/vrrp/state.ts';
import { replicateGroup } from '../../../src/failover/replicate-group.ts';
import { graceMs } from '../../../src/failover/seat.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner, type FakeReply } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

const replica: Replica = {
  group: 1,
  address: '198.19.255.241',
  hop: 'eth0',
  flows: { mark: 0x200, mask: 0x1e00, sources: ['198.18.0.0/15', 'fd5a:11:9f::/48'] },
};
let runDir: string;
const config = () => join(runDir, 'failover/conntrackd-1.conf');
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'replicate-'));
  await mkdir(join(runDir, 'failover'));
});
afterEach(() => rm(runDir, { recursive: true }));

/** `conntrackd -s` of one that heard its peer so often, and has put so many copies into the kernel. */
const stats = (received: number, injected: number) =>
  `external inject:\nconnections created: ${injected}\tfailed: 0\n\nUDP traffic (active device=eth0):\n   1 Pckts sent   ${received} Pckts recv\n`;

interface Start {
  readonly running?: boolean;
  /** What conntrackd answers, one after the other, the last for ever. */
  readonly answers?: readonly string[];
}

async function start({ running = true, answers = [stats(1, 0), stats(2, 0)] }: Start = {}) {
  if (running) await writeFile(config(), 'Sync {\n}\n');
  const steps: string[] = [];
  let refusals = 0;
  let asked = 0;
  const held: FlowsHeld[] = [];
  const runner = createFakeRunner(({ method, args }): FakeReply => {
    if (method === 'lines') return 'hang';
    steps.push(args.slice(2).join(' '));
    if (refusals > 0) {
      refusals -= 1;
      return { exitCode: 1, stderr: "can't connect" };
    }
    if (args.at(-1) !== '-s') return {};
    asked += 1;
    return { stdout: answers[asked - 1] ?? answers.at(-1) ?? '' };
  });
  const clock = createFakeClock();
  const stop = new AbortController();
  const conntrack = {
    list: async () => [],
    remove: async () => {
      steps.push('delete');
      return 0;
    },
  };
  const group = replicateGroup(replica, {
    ...{ runDir, runner, conntrack, clock, log: silentLog, signal: stop.signal },
    udpStreamSeconds: async () => 120,
    onHeld: (_, now) => {
      if (held.at(-1) !== now) held.push(now);
    },
  });
  if (running) await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  /** Until nothing more is done before time goes on. */
  const settle = (expected: readonly string[]) => vi.waitFor(() => expect(steps).toEqual(expected));
  const refuse = (times: number) => {
    refusals = times;
  };
  const end = async () => {
    stop.abort();
    await group.done;
  };
  return { group, clock, steps, held, settle, refuse, runner, end };
}

const asleep = (clock: ReturnType<typeof createFakeClock>) => vi.waitFor(() => expect(clock.sleeping()).toBe(1));

test('an owner reads its flows and sends them, and again before copies time out; nothing is done before anybody owns', async () => {
  const { group, clock, steps, settle, end } = await start();
  await clock.advance(60_000);
  expect(steps).toEqual([]);
  group.tell(true, true);
  await settle(['-R']);
  await asleep(clock);
  await clock.advance(500);
  await settle(['-R', '-B']);
  group.tell(true, true);
  await asleep(clock);
  await clock.advance(44_999);
  expect(steps).toEqual(['-R', '-B']);
  await clock.advance(1);
  await settle(['-R', '-B', '-R']);
  await asleep(clock);
  group.tell(false, true);
  await clock.advance(500);
  // Who has the group now knows better.
  await settle(['-R', '-B', '-R', '-f internal']);
  await end();
});

test('who owns no more: the cache first, then the flows, then it asks for the others', async () => {
  const { group, clock, steps, settle, end } = await start();
  group.tell(false, true);
  await settle(['-f internal']);
  await asleep(clock);
  await clock.advance(graceMs - 1);
  expect(steps).toEqual(['-f internal']);
  await clock.advance(1);
  const fetched = ['-f internal', '-f internal', 'delete', '-s', '-n'];
  await settle([...fetched, '-s']);
  await asleep(clock);
  await clock.advance(500);
  await settle([...fetched, '-s', '-s']);
  await asleep(clock);
  await clock.advance(600_000);
  expect(steps).toEqual([...fetched, '-s', '-s']);
  await end();
});

test('holds the flows when its peer was heard after it was asked, and no more of them come', async () => {
  const answers = [stats(7, 0), stats(7, 0), stats(8, 10), stats(9, 20), stats(9, 20)];
  const { group, clock, held, settle, steps, end } = await start({ answers });
  group.tell(false, true);
  await asleep(clock);
  await clock.advance(graceMs);
  const fetched = ['-f internal', '-f internal', 'delete', '-s', '-n'];
  await settle([...fetched, '-s']);
  for (const looks of [2, 3, 4]) {
    await asleep(clock);
    expect(held).toEqual(['Syncing']);
    await clock.advance(500);
    await settle([...fetched, ...Array.from({ length: looks }, () => '-s')]);
  }
  await vi.waitFor(() => expect(held).toEqual(['Syncing', 'Synced']));
  const done = steps.length;
  await asleep(clock);
  await clock.advance(600_000);
  expect(steps).toHaveLength(done);
  await end();
});

test('says that conntrackd cannot run until it did something, not each time that it begins', async () => {
  const { group, clock, held, refuse, runner, end } = await start();
  refuse(1_000);
  group.tell(false, true);
  for (let ends = 1; ends <= 3; ends += 1) {
    runner.streams[0]?.end(1);
    await vi.waitFor(() => expect(held).toEqual(['Syncing', 'None']));
    await clock.advance(60_000);
    await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  }
  refuse(0);
  await vi.waitFor(async () => {
    await clock.advance(10_000);
    expect(held).toEqual(['Syncing', 'None', 'Syncing', 'Synced']);
  });
  await end();
});

test('who gave up because of its next hop keeps its flows until that is back', async () => {
  const { group, clock, steps, settle, end } = await start();
  group.tell(false, false);
  await settle(['-f internal']);
  await clock.advance(600_000);
  expect(steps).toEqual(['-f internal']);
  group.tell(false, true);
  await asleep(clock);
  await clock.advance(graceMs);
  await settle(['-f internal', '-f internal', 'delete', '-s', '-n', '-s']);
  await end();
});

test('no flow is deleted while conntrackd still knows them for its own', async () => {
  const { group, clock, settle, refuse, end } = await start();
  refuse(2);
  group.tell(false, true);
  await settle(['-f internal']);
  await asleep(clock);
  await clock.advance(500);
  await settle(['-f internal', '-f internal']);
  await asleep(clock);
  await clock.advance(1_000);
  await settle(['-f internal', '-f internal', '-f internal']);
  await asleep(clock);
  await clock.advance(graceMs - 1_500);
  await settle(['-f internal', '-f internal', '-f internal', '-f internal', 'delete', '-s', '-n', '-s']);
  await end();
});

test('without conntrackd flows are only deleted; when it runs again the duty is renewed', async () => {
  const { group, clock, settle, runner, end } = await start({ running: false });
  group.tell(false, true);
  await asleep(clock);
  await clock.advance(graceMs);
  await settle(['delete']);
  await writeFile(config(), 'Sync {\n}\n');
  const whole = ['-f internal', '-f internal', 'delete', '-s', '-n', '-s'];
  await settle(['delete', '-f internal']);
  await asleep(clock);
  await clock.advance(graceMs);
  await settle(['delete', ...whole]);
  await asleep(clock);
  await clock.advance(500);
  whole.push('-s');
  await settle(['delete', ...whole]);
  runner.streams[0]?.end(1);
  await vi.waitFor(() => expect(clock.sleeping()).toBe(2));
  await clock.advance(1_000);
  await settle(['delete', ...whole, '-f internal']);
  await asleep(clock);
  await clock.advance(graceMs);
  await settle(['delete', ...whole, ...whole.slice(0, -1)]);
  await end();
});

test('another configuration is another conntrackd', async () => {
  const { runner, end } = await start();
  await writeFile(config(), 'Sync {\n}\nGeneral {\n}\n');
  await vi.waitFor(() => expect(runner.calls.filter(({ method }) => method === 'lines')).toHaveLength(2));
  expect(runner.streams).toHaveLength(1);
  await end();
});
