import { appendFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRunner } from '../../../src/platform/exec.ts';
import { openOutputFile } from '../../../src/platform/output-file.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'output-'));
  path = join(folder, 'daemon.log');
});
afterEach(() => rm(folder, { recursive: true }));

test('tells what is appended, and at its end what is left; what was there before is gone', async () => {
  appendFileSync(path, 'of the one before\n');
  let text = '';
  const file = openOutputFile(path, (more) => {
    text += more;
  });
  appendFileSync(path, 'a\n');
  await vi.waitFor(() => expect(text).toBe('a\n'));
  appendFileSync(path, 'é'.repeat(40_000)); // longer than what is read at once, and cut in the middle of a letter
  file.close();
  expect(text).toBe(`a\n${'é'.repeat(40_000)}`);
});

test('is emptied when it has grown and was read, and goes on', async () => {
  let length = 0;
  const file = openOutputFile(path, (more) => {
    length += more.length;
  });
  const much = 'x'.repeat(1_100_000);
  appendFileSync(path, much);
  await vi.waitFor(() => expect(statSync(path).size).toBe(0));
  appendFileSync(path, 'and more');
  file.close();
  expect(length).toBe(much.length + 'and more'.length);
  expect(await readFile(path, 'utf8')).toBe('and more');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

const writer = (lines: number) => [
  '-c',
  `i=0; while [ $i -lt ${lines} ]; do echo "a line that is about as long as those of keepalived, which tells of adverts $i" >&2; i=$((i+1)); done; touch ${join(folder, 'done')}`,
];

/** Runs the writer and keeps this process busy until it must have ended; whether it had. */
async function endsUnread(through: string | undefined): Promise<{ readonly ended: boolean; readonly lines: number }> {
  let lines = 0;
  const running = createRunner().lines('sh', writer(5_000), {
    signal: AbortSignal.timeout(20_000),
    output: 'stderr',
    through,
    onLine: () => {
      lines += 1;
    },
  });
  const start = performance.now();
  let ended = false;
  while (!ended && performance.now() - start < 3_000)
    ended = statSync(join(folder, 'done'), { throwIfNoEntry: false }) !== undefined;
  expect(await running).toMatchObject({ kind: 'exited', exitCode: 0 });
  return { ended, lines };
}

test('a child that writes much goes on while nobody reads, and every line arrives', async () => {
  expect(await endsUnread(path)).toEqual({ ended: true, lines: 5_000 });
});

test('through a pipe it waits: what the file is for', async () => {
  expect(await endsUnread(undefined)).toEqual({ ended: false, lines: 5_000 });
});
