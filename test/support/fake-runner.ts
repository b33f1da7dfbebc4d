import type { ExitStatus, LinesOptions, Runner, RunOptions, RunResult } from '../../src/platform/exec.ts';
import { ExecError, type ExecFailure } from '../../src/platform/exec-error.ts';

/** One call as it came in. */
export interface FakeCall {
  readonly method: 'run' | 'lines';
  readonly command: string;
  readonly args: readonly string[];
  readonly input: string | undefined;
}

/** What the program does: ends with this output and status, is not there, or stays until it is stopped. */
export type FakeReply =
  | { readonly stdout?: string; readonly stderr?: string; readonly exitCode?: number; readonly killedBy?: string }
  | 'missing'
  | 'hang';

/** A stream opened by `lines`; `stdout` of its reply came first. */
export interface FakeStream {
  readonly call: FakeCall;
  /** What was written to its stdin, which was asked to stay open. */
  readonly written: readonly string[];
  line(text: string): void;
  end(exitCode?: number): void;
}

export interface FakeRunner extends Runner {
  readonly calls: readonly FakeCall[];
  /** Open streams, oldest first: those of replies that hang. */
  readonly streams: readonly FakeStream[];
  /** Prepends a script: the newest that answers counts. */
  on(script: FakeScript): void;
}

/** Answers a call, or passes with undefined. */
export type FakeScript = (call: FakeCall) => FakeReply | undefined | Promise<FakeReply | undefined>;

/** A runner without processes; a call that no script answers is an error of the test and throws as such. */
export function createFakeRunner(...scripts: readonly FakeScript[]): FakeRunner {
  const all = [...scripts];
  const calls: FakeCall[] = [];
  const streams: FakeStream[] = [];
  // Beyond what a kernel gives out (2²²): nobody real is signalled.
  let nextPid = 2 ** 30;

  const answer = async (call: FakeCall): Promise<FakeReply> => {
    calls.push(call);
    for (const script of all) {
      const reply = await script(call);
      if (reply !== undefined) return reply;
    }
    throw new Error(`no script answers ${[call.command, ...call.args].join(' ')}`);
  };
  return {
    calls,
    streams,
    on: (script) => {
      all.unshift(script);
    },
    run: async (command, args, options = {}) => {
      const call: FakeCall = { method: 'run', command, args, input: options.input };
      if (options.signal?.aborted) throw failed(call, 'abort', { cause: options.signal.reason });
      const reply = await answer(call);
      if (reply === 'missing') throw failed(call, 'not-found', {});
      if (reply === 'hang') return hang(call, options);
      return finish(call, reply, { options, pid: nextPid++ });
    },
    lines: async (command, args, options) => {
      const call: FakeCall = { method: 'lines', command, args, input: undefined };
      if (options.signal.aborted) return { kind: 'killed', signal: 'SIGTERM', stderr: '' };
      const reply = await answer(call);
      if (reply === 'missing') throw failed(call, 'not-found', {});
      options.onStart?.(nextPid++);
      if (reply === 'hang') return stream(call, options, streams);
      for (const line of (reply.stdout ?? '').split('\n').slice(0, reply.stdout?.endsWith('\n') ? -1 : undefined)) {
        if (line !== '' || reply.stdout) options.onLine(line);
      }
      const stderr = reply.stderr ?? '';
      if (reply.killedBy !== undefined) return { kind: 'killed', signal: reply.killedBy, stderr };
      return { kind: 'exited', exitCode: reply.exitCode ?? 0, stderr };
    },
  };
}

function finish(
  call: FakeCall,
  reply: Exclude<FakeReply, string>,
  { options, pid }: { options: RunOptions; pid: number },
): RunResult {
  const { stdout = '', stderr = '', exitCode = 0, killedBy } = reply;
  if (killedBy !== undefined) throw failed(call, 'signal', { signal: killedBy, stderr });
  if (!(options.acceptExitCodes ?? [0]).includes(exitCode)) throw failed(call, 'exit', { exitCode, stderr });
  return { stdout, stderr, exitCode, pid, durationMs: 0 };
}

function hang(call: FakeCall, { signal, timeoutMs = 10_000 }: RunOptions): Promise<RunResult> {
  return new Promise((_resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(failed(call, 'abort', { cause: signal?.reason }));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      reject(failed(call, 'timeout', { limit: timeoutMs }));
    }, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

function stream(call: FakeCall, options: LinesOptions, streams: FakeStream[]): Promise<ExitStatus> {
  return new Promise((resolve, reject) => {
    const close = () => {
      const at = streams.indexOf(handle);
      if (at >= 0) streams.splice(at, 1);
      options.signal.removeEventListener('abort', onAbort);
    };
    const onAbort = () => {
      close();
      resolve({ kind: 'killed', signal: 'SIGTERM', stderr: '' });
    };
    const written: string[] = [];
    const handle: FakeStream = {
      call,
      written,
      line: (text) => {
        try {
          options.onLine(text);
        } catch (error) {
          close();
          reject(error);
        }
      },
      end: (exitCode = 0) => {
        close();
        resolve({ kind: 'exited', exitCode, stderr: '' });
      },
    };
    streams.push(handle);
    options.onInput?.((text) => written.push(text));
    options.signal.addEventListener('abort', onAbort, { once: true });
  });
}

function failed(call: FakeCall, failure: ExecFailure, details: object): ExecError {
  return new ExecError({ failure, command: call.command, args: call.args, input: call.input, ...details });
}
