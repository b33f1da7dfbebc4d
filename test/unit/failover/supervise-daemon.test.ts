import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepalivedProgram } from '../../../src/failover/daemons.ts';
import { nextStep, type SupervisorOptions, superviseDaemon } from '../../../src/failover/supervise-daemon.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createFakeRunner } from '../../support/fake-runner.ts';

test.each([
  [undefined, undefined, 'none'],
  [undefined, 'a', 'start'],
  ['a', 'a', 'none'],
  ['a', 'b', 'change'],
  ['a', undefined, 'stop'],
] as const)('from %s to %s: %s', (running, wanted, step) => {
  expect(nextStep(running, wanted)).toBe(step);
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'failover-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Told = Pick<SupervisorOptions, 'runner' | 'log' | 'signal' | 'onRunning'>;
const superviseKeepalived = (configPath: string, told: Told) =>
  superviseDaemon({ configPath, program: keepalivedProgram(configPath, folder), clock: systemClock, ...told });

test('starts with the file, restarts after a crash, stops without it', async () => {
  const stop = new AbortController();
  const runner = createFakeRunner(() => 'hang');
  const config = join(folder, 'keepalived.conf');
  const running: boolean[] = [];
  const quiet = () => {};
  const done = superviseKeepalived(config, {
    runner,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    signal: stop.signal,
    onRunning: async (now) => {
      running.push(now);
    },
  });
  await vi.waitFor(() => expect(running).toEqual([false]));
  expect(runner.streams).toHaveLength(0);
  await writeFile(config, 'global_defs {\n}\n');
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  expect(runner.calls[0]?.args).toContain(`--use-file=${config}`);
  await writeFile(join(folder, 'keepalived.pid'), '23\n'); // what a keepalived that was killed leaves behind
  runner.streams[0]?.end(1);
  await vi.waitFor(() => expect(runner.calls).toHaveLength(2));
  await expect(access(join(folder, 'keepalived.pid'))).rejects.toThrow('ENOENT');
  await rm(config);
  await vi.waitFor(() => expect(runner.streams).toHaveLength(0));
  stop.abort();
  await done;
  expect(running.at(-1)).toBe(false);
  expect(running).toContain(true);
});

test('writes down what keepalived decides, and not every advert and gratuitous ARP', async () => {
  const stop = new AbortController();
  const runner = createFakeRunner(() => 'hang');
  const config = join(folder, 'keepalived.conf');
  await writeFile(config, 'global_defs {\n}\n');
  const [told, chatter]: [string[], string[]] = [[], []];
  const quiet = () => {};
  const done = superviseKeepalived(config, {
    runner,
    log: {
      debug: (_, line) => chatter.push(line),
      info: (_, line) => told.push(line),
      warn: quiet,
      error: quiet,
    },
    signal: stop.signal,
    onRunning: async () => {},
  });
  await vi.waitFor(() => expect(runner.streams).toHaveLength(1));
  const lines = [
    'Sun Nov 22 13:03:13 2026: (sallyport_1) Entering MASTER STATE',
    'Sun Nov 22 13:03:13 2026: (sallyport_1) Sending/queueing gratuitous ARPs on eth0 for 192.0.2.100',
    'Sun Nov 22 13:03:13 2026: Sending gratuitous ARP on eth0 for 192.0.2.100',
    'Sun Nov 22 13:03:13 2026: (sallyport_1) received lower priority (200) advert from 192.0.2.14 - discarding',
    'Sun Nov 22 13:03:13 2026: (sallyport_1) Received advert from 192.0.2.14 with lower priority 200, ours 210, forcing new election',
  ];
  for (const line of lines) runner.streams[0]?.line(line);
  stop.abort();
  await done;
  expect(told.filter((line) => lines.includes(line))).toEqual(lines.slice(0, 1));
  expect(chatter).toEqual(lines.slice(1));
});
