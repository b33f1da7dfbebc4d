import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { sharedBfd } from '../../../src/failover/bird-trouble.ts';
import { watchTrouble } from '../../../src/failover/watch-trouble.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const shared = ' 7: 00000000:0EC8 00000000:0000 07 00000000:00000000\n';
const noBfd = 'x <ERR> bfd1: Socket error: bind: Address already in use';
const noPort = 'x <ERR> peer4_192_0_2_1: Cannot open listening socket';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trouble-'));
});
afterEach(() => rm(folder, { recursive: true }));

function start() {
  const table = join(folder, 'udp');
  const stop = new AbortController();
  const clock = createFakeClock();
  const peers = { withBfd: true };
  const told: (string | undefined)[] = [];
  const { signal } = stop;
  const watch = watchTrouble({
    ...{ clock, signal, tables: [table, join(folder, 'absent')] },
    speaksBfd: () => peers.withBfd,
    onTrouble: (trouble) => told.push(trouble),
  });
  /** Until it has looked once more. */
  const look = async () => {
    await vi.waitFor(() => expect(clock.sleeping()).toBeGreaterThan(0));
    await clock.advance(30_000);
    await vi.waitFor(() => expect(clock.sleeping()).toBeGreaterThan(0));
  };
  const end = async () => {
    stop.abort();
    await watch.done;
  };
  return { table, clock, peers, told, watch, look, end };
}

test('who else listens for BFD is told while it does, and only where BIRD speaks BFD', async () => {
  const { table, told, peers, look, end } = start();
  await look();
  expect(told).toEqual([]);
  await writeFile(table, shared);
  await look();
  await look();
  expect(told).toEqual([sharedBfd]);
  peers.withBfd = false;
  await look();
  expect(told).toEqual([sharedBfd, undefined]);
  peers.withBfd = true;
  await look();
  await rm(table);
  await look();
  expect(told).toEqual([sharedBfd, undefined, sharedBfd, undefined]);
  await end();
});

test('what BIRD cannot do counts more, until the next one begins', async () => {
  const { table, told, watch, look, end } = start();
  await writeFile(table, shared);
  await look();
  watch.begin(() => {});
  watch.hear(noBfd);
  watch.hear(noBfd);
  watch.hear('x <INFO> Started');
  await look();
  watch.begin(() => {});
  expect(told).toEqual([sharedBfd, expect.stringContaining('no BFD'), sharedBfd]);
  await end();
});

test('only the BIRD that could not listen is ended, once, and none for BFD alone', async () => {
  const { clock, watch, look, end } = start();
  const ended: string[] = [];
  await look();
  watch.begin(() => ended.push('first'));
  watch.hear(noBfd);
  await clock.advance(60_000);
  expect(ended).toEqual([]);
  watch.hear(noPort);
  await clock.advance(29_000);
  expect(ended).toEqual([]);
  watch.begin(() => ended.push('second'));
  await clock.advance(60_000);
  expect(ended).toEqual(['first']);
  await end();
});
