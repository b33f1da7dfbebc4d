import { mkdir, mkdtemp, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { keepWritten } from '../../../src/failover/keep-written.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { silentLog } from '../../support/silent-log.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-'));
  path = join(folder, 'state');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function start() {
  const clock = createFakeClock();
  const stop = new AbortController();
  return { clock, stop, file: keepWritten(path, { clock, log: silentLog, signal: stop.signal }) };
}

test('the last text is written, once there is a way; until then it is tried once a second, however many were wanted', async () => {
  const { clock, stop, file } = start();
  await mkdir(path); // no file can take its place
  for (let text = 1; text <= 50; text += 1) await file.write(`${text}`);
  for (let second = 0; second < 3; second += 1) {
    expect(clock.sleeping()).toBe(1);
    await clock.advance(1_000);
    await vi.waitFor(() => expect(clock.sleeping()).toBe(1));
  }
  await rmdir(path);
  await clock.advance(1_000);
  await vi.waitFor(async () => expect(await readFile(path, 'utf8')).toBe('50'));
  expect(clock.sleeping()).toBe(0);
  stop.abort();
});

test('what a later text replaced is not written after it', async () => {
  const { clock, stop, file } = start();
  await mkdir(path);
  await file.write('old');
  await rmdir(path);
  await file.write('new');
  await clock.advance(1_000);
  await file.write('newest');
  expect(await readFile(path, 'utf8')).toBe('newest');
  stop.abort();
});
