import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type BgpPlan, bgpHop, renderBgpPlan } from '../../../src/dataplane/bgp/model.ts';
import { failoverFiles } from '../../../src/dataplane/vrrp/files.ts';
import { type AnnounceOptions, announceRoutes } from '../../../src/failover/announce-routes.ts';
import type { writeFileAtomic as WriteFile } from '../../../src/platform/files.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';
import { silentLog } from '../../support/silent-log.ts';

const disk = vi.hoisted(() => ({ isFull: false, attempts: 0 }));
vi.mock('../../../src/platform/files.ts', async (original) => {
  const real = await original<{ readonly writeFileAtomic: typeof WriteFile }>();
  const writeFileAtomic: typeof WriteFile = async (path, text, options) => {
    if (path.endsWith('bird.conf') && disk.isFull) {
      disk.attempts += 1;
      throw new Error('ENOSPC: no space left on device');
    }
    await real.writeFileAtomic(path, text, options);
  };
  return { ...real, writeFileAtomic };
});

const plan: BgpPlan = {
  routerId: '192.0.2.11',
  groups: [
    {
      group: 1,
      address: '198.19.255.241',
      egress: ['172.29.7.16', '2001:db8:77::10'],
      peers: ['192.0.2.1', '2001:db8::1'],
    },
  ],
  peers: ['192.0.2.1', '2001:db8::1'].map((address) => ({ address, asn: 65_000, localAsn: 65_001, bfd: false })),
};
const said = (state4: string, state6: string) =>
  [
    '0001 BIRD 2.0.12 ready.\n',
    ...[
      ['192.0.2.1', state4],
      ['2001:db8::1', state6],
    ].map(
      ([address, state], index) =>
        `1002-peer${index} BGP --- up 07:00:00.000 x\n1006-  BGP state:          ${state}\n     Neighbor address: ${address}\n     Neighbor AS:      65000\n`,
    ),
    '0000 \n',
  ].join('');

let runDir = '';
let servers: Server[] = [];
beforeEach(async () => {
  runDir = await mkdtemp(join(tmpdir(), 'announce-'));
  await mkdir(failoverFiles(runDir).verdicts, { recursive: true });
  servers = [];
  Object.assign(disk, { isFull: false, attempts: 0 });
});
afterEach(async () => {
  for (const server of servers) server.close();
  await rm(runDir, { recursive: true });
});

/** The part of the failover process, with a BIRD that says `answers.now`; undefined: it does not answer. */
async function start({ onVerdict = async () => {} }: Partial<Pick<AnnounceOptions, 'onVerdict'>> = {}) {
  const files = failoverFiles(runDir);
  const answers: { now: string | undefined; asked: number } = { now: said('Established', 'Established'), asked: 0 };
  const listen = async () => {
    await rm(files.bird.socket, { force: true });
    const server = createServer((socket) => {
      answers.asked += 1;
      if (answers.now === undefined) socket.destroy();
      else socket.write(answers.now);
      socket.on('error', () => {});
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(files.bird.socket, resolve));
  };
  const runner = createFakeRunner(async ({ command }) => {
    if (command === 'bird') await listen();
    return 'hang' as const;
  });
  await writeFile(files.bgp, renderBgpPlan(plan));
  const stop = new AbortController();
  const clock = createFakeClock();
  const told: string[] = [];
  const troubles: (string | undefined)[] = [];
  const done = announceRoutes({
    ...{ runDir, runner, clock, log: silentLog, signal: stop.signal },
    addresses: { subscribe: () => ({ stop: () => {}, restart: () => {} }) },
    onVerdict,
    onSessions: (sessions) => {
      told.push(sessions.map(({ address, established }) => `${address} ${established ? 'up' : 'down'}`).join(', '));
    },
    onTrouble: (trouble) => {
      troubles.push(trouble);
    },
  });
  const verdict = () => readFile(files.verdict(bgpHop(1)), 'utf8').catch(() => 'none');
  /** Seconds in which BIRD is asked once each. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      const before = answers.asked;
      await vi.waitFor(() => expect(clock.sleeping()).toBeGreaterThan(1));
      await clock.advance(1_000);
      await vi.waitFor(() => expect(answers.asked).toBeGreaterThan(before));
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
  };
  const end = async () => {
    stop.abort();
    await clock.advance(1_000);
    await done;
  };
  return { runner, clock, answers, told, troubles, verdict, pass, end };
}

test('a BIRD that runs and does not answer keeps its verdict for nine seconds; one that ended loses it at once', async () => {
  const { runner, answers, verdict, pass, end, told } = await start();
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  await vi.waitFor(() => expect(servers).toHaveLength(1));
  await pass(2);
  await vi.waitFor(async () => expect(await verdict()).toBe('0\n'));
  answers.now = undefined;
  await pass(6);
  expect(await verdict()).toBe('0\n');
  answers.now = said('Established', 'Established');
  await pass(1);
  answers.now = '9001 busy\n';
  await pass(6);
  expect(await verdict()).toBe('0\n');
  expect(told).toEqual(['', '192.0.2.1 up, 2001:db8::1 up']);
  await pass(5);
  await vi.waitFor(async () => expect(await verdict()).toBe('1\n'));
  answers.now = said('Established', 'Established');
  await pass(1);
  await vi.waitFor(async () => expect(await verdict()).toBe('0\n'));
  answers.now = undefined;
  runner.streams[0]?.end(1);
  await vi.waitFor(async () => expect(await verdict()).toBe('1\n'));
  await end();
});

test('a BIRD that ends while its last answer is being judged is missed at once', async () => {
  const judged = Promise.withResolvers<void>();
  const onVerdict = (_: string, isDead: boolean) => (isDead ? Promise.resolve() : judged.promise);
  const { runner, clock, verdict, end } = await start({ onVerdict });
  await vi.waitFor(() => expect(servers).toHaveLength(1));
  await vi.waitFor(async () => {
    await clock.advance(1_000);
    expect(await verdict()).toBe('0\n');
  });
  runner.streams[0]?.end(1);
  await new Promise((resolve) => setTimeout(resolve, 15));
  judged.resolve();
  await vi.waitFor(async () => expect(await verdict()).toBe('1\n'));
  await end();
});

test("one family's dead sessions do not take the other family down; what BIRD waits for is told nobody", async () => {
  const { runner, answers, verdict, pass, end, told } = await start();
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  await vi.waitFor(() => expect(servers).toHaveLength(1));
  await pass(2);
  for (const state of ['Idle', 'Active', 'Connect', 'OpenSent', 'Idle']) {
    answers.now = said('Established', state);
    await pass(1);
    expect(await verdict()).toBe('0\n');
  }
  expect(told).toEqual(['', '192.0.2.1 up, 2001:db8::1 up', '192.0.2.1 up, 2001:db8::1 down']);
  answers.now = said('Idle', 'Idle');
  await pass(1);
  await vi.waitFor(async () => expect(await verdict()).toBe('1\n'));
  await end();
});

test('a bird.conf that could not be written is tried again, with pauses that grow', async () => {
  disk.isFull = true;
  const { runner, clock, end } = await start();
  await vi.waitFor(() => expect(disk.attempts).toBe(1));
  const attempts: number[] = [];
  for (let half = 0; half < 120; half += 1) {
    await clock.advance(500);
    if (disk.attempts > attempts.length + 1) attempts.push((half + 1) / 2);
  }
  expect(attempts).toEqual([0.5, 1.5, 3.5, 7.5, 15.5, 31.5]);
  disk.isFull = false;
  await clock.advance(30_000);
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  await end();
});

test('a BIRD whose port another program has says so, and begins anew after a while', async () => {
  const { runner, clock, troubles, end } = await start();
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  runner.streams[0]?.line('x <ERR> peer4_192_0_2_1: Cannot open listening socket');
  expect(troubles).toEqual([expect.stringContaining('TCP port 8499')]);
  await clock.advance(29_000);
  expect(troubles).toHaveLength(1);
  await clock.advance(2_000);
  await vi.waitFor(async () => {
    await clock.advance(1_000);
    expect(troubles.at(-1)).toBeUndefined();
  });
  await end();
});
