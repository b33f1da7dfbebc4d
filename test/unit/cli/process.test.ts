import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, '..', '..', '..', 'src', 'cli', 'main.ts');

test('SIGUSR2 makes the log of a running process more detailed, and after debug as it began', async () => {
  const runDir = await mkdtemp(join(tmpdir(), 'log-level-'));
  const child = spawn(process.execPath, [main, 'failover', '--run-dir', runDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // Whatever it does not say: nobody waits for it longer.
    timeout: 15_000,
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const until = async (message: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`ended without "${message}"`);
      const line = JSON.parse(value) as Record<string, unknown>;
      if (line['msg'] === message) return line;
    }
  };
  try {
    await until('started');
    for (const [before, level] of [
      ['info', 'debug'],
      ['debug', 'info'],
      ['info', 'debug'],
    ]) {
      child.kill('SIGUSR2');
      expect(await until('log level changed by SIGUSR2')).toMatchObject({ before, level, logger: 'failover' });
    }
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await rm(runDir, { recursive: true });
  }
  expect(child.exitCode).toBe(0);
});
