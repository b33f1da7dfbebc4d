import { chmodSync, mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRunner } from '../../../src/platform/exec.ts';
import { createFakeRunner, type FakeReply } from '../../support/fake-runner.ts';
import { contractPrograms, describeRunner } from '../../support/runner-contract.ts';

const acted: Record<keyof typeof contractPrograms, FakeReply> = {
  say: { stdout: 'out\n', stderr: 'warn\n' },
  fail: { stderr: 'why\n', exitCode: 3 },
  die: { killedBy: 'SIGKILL' },
  hang: 'hang',
  missing: 'missing',
  lines: { stdout: 'a\n\nb\nc', stderr: 'bye\n', exitCode: 4 },
};

describeRunner('real processes', () => createRunner());
describeRunner('the fake', () =>
  createFakeRunner(({ command, args }) => {
    const wanted = JSON.stringify([command, args]);
    const names = Object.keys(acted) as (keyof typeof acted)[];
    const name = names.find((key) => JSON.stringify(contractPrograms[key]) === wanted);
    return name && acted[name];
  }),
);

describe('real processes', () => {
  const runner = createRunner();
  const gone = (pid: number) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };

  // To root every folder is open: only another user sees EACCES here.
  it('are not found either where a folder of PATH may not be searched', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'sallyport-closed-'));
    chmodSync(closed, 0);
    const run = runner.run('sallyport-no-such-program', [], { env: { PATH: `${closed}:/usr/bin` } });
    await expect(run).rejects.toMatchObject({ failure: 'not-found' });
    rmdirSync(closed);
  });

  it('pass stdin, arguments, environment and folder as they are', async () => {
    const input = 'line\nüber';
    expect((await runner.run('cat', [], { input })).stdout).toBe(input);
    expect((await runner.run('cat', [])).stdout).toBe('');
    expect((await runner.run('printf', ['%s|', '$HOME', 'a b', '', '*'])).stdout).toBe('$HOME|a b||*|');
    const shown = await runner.run('sh', ['-c', 'echo $A $LC_ALL; pwd'], { env: { A: 'x' }, cwd: '/' });
    expect(shown.stdout).toBe('x C\n/\n');
  });

  it('find programs of sbin for ordinary users', async () => {
    const { stdout } = await runner.run('sh', ['-c', 'echo $PATH'], { env: { PATH: '/usr/bin' } });
    expect(stdout.trim().split(':')).toEqual(expect.arrayContaining(['/usr/bin', '/usr/sbin']));
  });

  it('are not brought down by a child that does not read its input', async () => {
    const input = 'x'.repeat(4_000_000);
    await expect(runner.run('true', [], { input })).resolves.toMatchObject({ exitCode: 0 });
    await expect(runner.run('sh', ['-c', 'exec <&-; exit 5'], { input })).rejects.toMatchObject({ exitCode: 5 });
  });

  it('are stopped when they write too much', async () => {
    const endless = runner.run('yes', [], { maxOutputBytes: 100_000 });
    await expect(endless).rejects.toMatchObject({
      failure: 'output-limit',
      message: 'yes: wrote more than 100000 bytes and was killed',
    });
  });

  it('are killed when they ignore SIGTERM', async () => {
    const start = performance.now();
    const stubborn = runner.run('sh', ['-c', 'trap "" TERM; echo $$; while :; do sleep 0.1; done'], { timeoutMs: 100 });
    await expect(stubborn).rejects.toMatchObject({ failure: 'timeout', signal: 'SIGKILL' });
    expect(performance.now() - start).toBeGreaterThan(1000);
  });

  it('end although a grandchild keeps the pipes open', async () => {
    let pid = 0;
    const run = runner.run('sh', ['-c', 'sleep 30 & echo $! >&2; exit 0'], { timeoutMs: 100 });
    await run.catch((error: { stderr: string }) => {
      pid = Number(error.stderr);
    });
    await expect(run).rejects.toMatchObject({ failure: 'timeout' });
    expect(gone(pid)).toBe(false);
    process.kill(pid);
  });

  it('keep the last 4 KiB of stderr in the error, and of long lines the first 500 characters', async () => {
    const lines = 'for n in 1 2 3 4 5 6 7 8 9 10; do echo "reason $n"; head -c 9000 /dev/zero | tr "\\0" x; echo; done';
    const run = runner.run('sh', ['-c', `{ ${lines}; } >&2; exit 1`]);
    const { stderr } = await run.catch((reason: { stderr: string }) => reason);
    expect(stderr).toHaveLength(4096);
    expect(stderr.endsWith(`reason 10\n${'x'.repeat(500)}…\n`)).toBe(true);
  });

  it('that cannot be started say so', async () => {
    await expect(runner.run('/etc/passwd', [])).rejects.toMatchObject({
      failure: 'spawn',
      message: expect.stringContaining('EACCES'),
    });
    await expect(runner.run('a\0b', [])).rejects.toMatchObject({ failure: 'spawn' });
    await expect(runner.run('true', [], { cwd: '/no/such/folder' })).rejects.toThrow(
      'not found, or no directory /no/such/folder',
    );
  });

  it('are counted one by one', async () => {
    const commands: string[] = [];
    const counting = createRunner({ onSpawn: (command) => commands.push(command) });
    await counting.run('true', []);
    await counting.lines('echo', ['x'], { signal: new AbortController().signal, onLine: () => {} });
    await counting.run('true', [], { signal: AbortSignal.abort() }).catch(() => {});
    expect(commands).toEqual(['true', 'echo']);
  });

  it('stream while they run, and are gone after abort', async () => {
    const controller = new AbortController();
    const seen: { line: string; at: number }[] = [];
    let pid = 0;
    const script = 'while :; do echo tick; sleep 0.05; done';
    const status = runner.lines('sh', ['-c', script], {
      signal: controller.signal,
      onStart: (id) => {
        pid = id;
      },
      onLine: (line) => seen.push({ line, at: performance.now() }),
    });
    while (seen.length < 3) await sleep(10);
    expect(gone(pid)).toBe(false);
    const count = seen.length;
    controller.abort();
    await status;
    expect(gone(pid)).toBe(true);
    expect(seen).toHaveLength(count);
  });

  it('stream stderr where asked to, and keep it for the status all the same', async () => {
    const lines: string[] = [];
    const script = 'echo out; echo one >&2; echo two >&2';
    const { signal } = new AbortController();
    const status = await runner.lines('sh', ['-c', script], {
      signal,
      output: 'stderr',
      onLine: (line) => lines.push(line),
    });
    expect([lines, status]).toEqual([['one', 'two'], { kind: 'exited', exitCode: 0, stderr: 'one\ntwo\n' }]);
  });

  it('read what is written while they run, until they are stopped', async () => {
    const controller = new AbortController();
    const lines: string[] = [];
    let write = (_text: string) => {};
    const status = runner.lines('cat', [], {
      signal: controller.signal,
      onInput: (to) => {
        write = to;
        write('one\n');
      },
      onLine: (line) => {
        lines.push(line);
        if (line === 'one') setTimeout(() => write('two\n'), 50);
        else controller.abort();
      },
    });
    expect([await status, lines]).toEqual([{ kind: 'killed', signal: 'SIGTERM', stderr: '' }, ['one', 'two']]);
    write('to nobody\n');
  });

  it('that are streamed get the time they were promised to stop in', async () => {
    const stop = async (killAfterMs: number) => {
      const controller = new AbortController();
      const script = 'trap "sleep 0.4; exit 7" TERM; echo up; while :; do sleep 0.05; done';
      return runner.lines('sh', ['-c', script], {
        signal: controller.signal,
        killAfterMs,
        onLine: () => controller.abort(),
      });
    };
    expect(await stop(3000)).toMatchObject({ kind: 'exited', exitCode: 7 });
    expect(await stop(50)).toMatchObject({ kind: 'killed', signal: 'SIGKILL' });
  });

  it('that write characters byte by byte are read whole', async () => {
    const lines: string[] = [];
    const script = 'printf "\\303"; sleep 0.05; printf "\\274\\n"';
    await runner.lines('sh', ['-c', script], {
      signal: new AbortController().signal,
      onLine: (line) => lines.push(line),
    });
    expect(lines).toEqual(['ü']);
  });
});

describe('the fake runner', () => {
  it('records calls, prefers the newest script and fails on surprises', async () => {
    const fake = createFakeRunner(() => ({ stdout: 'old' }));
    fake.on(({ args }) => (args[0] === 'new' ? { stdout: 'new' } : undefined));
    expect([(await fake.run('x', ['new'], { input: 'i' })).stdout, (await fake.run('x', [])).stdout]).toEqual([
      'new',
      'old',
    ]);
    expect(fake.calls[0]).toEqual({ method: 'run', command: 'x', args: ['new'], input: 'i' });
    await expect(createFakeRunner().run('nft', ['list'])).rejects.toThrow('no script answers nft list');
  });

  it('streams what the test tells it to', async () => {
    const fake = createFakeRunner(() => 'hang');
    const lines: string[] = [];
    const status = fake.lines('nft', ['monitor'], {
      signal: new AbortController().signal,
      onLine: (line) => lines.push(line),
      onInput: (write) => write('list'),
    });
    await sleep(0);
    expect(fake.streams[0]?.written).toEqual(['list']);
    fake.streams[0]?.line('one');
    fake.streams[0]?.end(2);
    expect([await status, lines, fake.streams]).toEqual([{ kind: 'exited', exitCode: 2, stderr: '' }, ['one'], []]);
  });
});
