import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Runner } from '../../src/platform/exec.ts';
import { ExecError } from '../../src/platform/exec-error.ts';

/** Programs every runner under test offers; the fake acts them, the real one finds them in the system. */
export const contractPrograms = {
  say: ['sh', ['-c', 'echo out; echo warn >&2']],
  fail: ['sh', ['-c', 'echo why >&2; exit 3']],
  die: ['sh', ['-c', 'kill -KILL $$']],
  hang: ['sh', ['-c', 'echo started; exec sleep 60']],
  missing: ['sallyport-no-such-program', []],
  lines: ['sh', ['-c', 'printf "a\\n\\nb\\nc"; echo bye >&2; exit 4']],
} as const satisfies Record<string, readonly [string, readonly string[]]>;

/** What every runner must do, the real one and the fake. */
export function describeRunner(name: string, make: () => Runner): void {
  const failure = async (run: Promise<unknown>): Promise<ExecError> => {
    const error = await run.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (!(error instanceof ExecError)) throw new Error(`expected an ExecError, got ${String(error)}`);
    return error;
  };

  describe(`runner contract, run: ${name}`, () => {
    it('gives both outputs, the status and the process id', async () => {
      const result = await make().run(...contractPrograms.say);
      expect(result).toMatchObject({ stdout: 'out\n', stderr: 'warn\n', exitCode: 0 });
      expect(result.pid).toBeGreaterThan(0);
      expect(result.durationMs).toBeGreaterThanOrEqual(0);
    });

    it('throws on a status that was not accepted, with everything known', async () => {
      const input = 'add table inet t';
      const error = await failure(make().run(...contractPrograms.fail, { input }));
      expect(error).toMatchObject({
        failure: 'exit',
        command: 'sh',
        exitCode: 3,
        signal: undefined,
        timedOut: false,
        stderr: 'why\n',
      });
      expect(error.inputDigest).toBe(createHash('sha256').update(input).digest('hex'));
      expect(error.message).toMatch(/^sh -c .* exited with 3 \(input sha256 [0-9a-f]{12}\): why$/);
      expect(JSON.stringify(error) + error.message).not.toContain(input);
    });

    it('accepts the statuses it is told to accept', async () => {
      const result = await make().run(...contractPrograms.fail, { acceptExitCodes: [0, 3] });
      expect(result).toMatchObject({ exitCode: 3, stderr: 'why\n' });
      expect(await failure(make().run(...contractPrograms.say, { acceptExitCodes: [3] }))).toMatchObject({
        exitCode: 0,
      });
    });

    it('throws when killed by a signal', async () => {
      expect(await failure(make().run(...contractPrograms.die))).toMatchObject({
        failure: 'signal',
        signal: 'SIGKILL',
        exitCode: undefined,
      });
    });

    it('throws when there is no such program', async () => {
      const error = await failure(make().run(...contractPrograms.missing));
      expect(error).toMatchObject({ failure: 'not-found', message: 'sallyport-no-such-program: not found' });
    });

    it('stops what takes too long', async () => {
      const error = await failure(make().run(...contractPrograms.hang, { timeoutMs: 150 }));
      expect(error).toMatchObject({ failure: 'timeout', timedOut: true });
      expect(error.message).toContain('did not end within 150 ms');
    });

    it('stops on abort, and does not start when aborted before', async () => {
      const controller = new AbortController();
      const run = failure(make().run(...contractPrograms.hang, { signal: controller.signal }));
      setTimeout(() => controller.abort('shutting down'), 30);
      expect(await run).toMatchObject({ failure: 'abort', timedOut: false, cause: 'shutting down' });
      expect(await failure(make().run(...contractPrograms.say, { signal: controller.signal }))).toMatchObject({
        failure: 'abort',
      });
    });
  });

  describe(`runner contract, lines: ${name}`, () => {
    it('gives every line, empty and unfinished ones too, then the status', async () => {
      const lines: string[] = [];
      const pids: number[] = [];
      const { signal } = new AbortController();
      const status = await make().lines(...contractPrograms.lines, {
        signal,
        onLine: (line) => lines.push(line),
        onStart: (pid) => pids.push(pid),
      });
      expect(lines).toEqual(['a', '', 'b', 'c']);
      expect(status).toEqual({ kind: 'exited', exitCode: 4, stderr: 'bye\n' });
      expect(pids).toEqual([expect.any(Number)]);
    });

    it('resolves when aborted, before and during', async () => {
      const controller = new AbortController();
      const lines: string[] = [];
      const onLine = (line: string) => lines.push(line);
      const status = make().lines(...contractPrograms.hang, {
        signal: controller.signal,
        onLine,
        onStart: () => setTimeout(() => controller.abort(), 30),
      });
      expect(await status).toMatchObject({ kind: 'killed', signal: 'SIGTERM' });
      lines.length = 0;
      expect(await make().lines(...contractPrograms.lines, { signal: controller.signal, onLine })).toMatchObject({
        kind: 'killed',
      });
      expect(lines).toEqual([]);
    });

    it('rejects when there is no such program, and with what onLine throws', async () => {
      const { signal } = new AbortController();
      let calls = 0;
      const onLine = () => {
        calls += 1;
        throw new Error('unreadable line');
      };
      expect(await failure(make().lines(...contractPrograms.missing, { signal, onLine }))).toMatchObject({
        failure: 'not-found',
      });
      await expect(make().lines(...contractPrograms.lines, { signal, onLine })).rejects.toThrow('unreadable line');
      expect(calls).toBe(1);
    });
  });
}
