import type { WebSocket } from 'undici';
import { createLineSplitter } from '../platform/line-splitter.ts';
import { ApiError } from './api-error.ts';
import type { CredentialSource } from './credentials.ts';
import { isRecord } from './object.ts';
import type { KubeClient, KubeExec, KubeExecEnd, KubeExecRequest } from './request.ts';
import type { Transport } from './transport.ts';

/** Every message's first byte is its channel; of this version every API server since 1.4 is a speaker, and no translator is needed. */
const protocol = 'v4.channel.k8s.io';
const channels = { stdout: 1, stderr: 2, status: 3 } as const;
const keptStderr = 4096;

export interface ExecOptions {
  readonly transport: Transport;
  readonly credentials: CredentialSource;
  readonly request: KubeClient['request'];
  readonly userAgent: string;
}

/** See `KubeExec`. */
export function createExec({ transport, credentials, request, userAgent }: ExecOptions): KubeExec['exec'] {
  return async (asked) => {
    asked.signal.throwIfAborted();
    const { path, container, command, signal } = asked;
    const query: [string, string][] = [
      ['container', container],
      // An open stdin is how the program notices that this side is gone.
      ...['stdin', 'stdout', 'stderr'].map((name): [string, string] => [name, 'true']),
      ...command.map((word): [string, string] => ['command', word]),
    ];
    const upgrade = {
      path: `${path}/exec?${new URLSearchParams(query)}`,
      protocol,
      headers: { 'user-agent': userAgent },
    };
    const socket = transport.connect(await credentials.current(), upgrade);
    const end = await follow(socket, asked);
    if (end.kind === 'ended') return end.value;
    // A refused upgrade says nothing; a plain request to the same place says why.
    if (end.kind === 'refused')
      await request({
        method: 'GET',
        path: `${path}/exec`,
        query: { container, stdout: true, command: command[0] },
        signal,
      });
    throw new ApiError({ verb: 'GET', path: `${path}/exec`, code: 0, reason: 'Network', statusMessage: end.why });
  };
}

type Outcome =
  | { readonly kind: 'ended'; readonly value: KubeExecEnd }
  | { readonly kind: 'refused' | 'broken'; readonly why: string };

function follow(socket: WebSocket, { onLine, signal }: KubeExecRequest): Promise<Outcome> {
  socket.binaryType = 'arraybuffer';
  return new Promise((resolve, reject) => {
    const output = readOutput(onLine);
    let isOpen = false;
    const onAbort = () => fail(signal.reason);
    const fail = (error: unknown) => {
      settle();
      reject(error);
    };
    const finish = (outcome: Outcome) => {
      settle();
      resolve(outcome);
    };
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.close();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.addEventListener('open', () => {
      isOpen = true;
    });
    socket.addEventListener('message', ({ data }) => {
      try {
        if (data instanceof ArrayBuffer) output.take(new Uint8Array(data));
      } catch (error) {
        fail(error);
      }
    });
    socket.addEventListener('error', (event) => {
      const why = event.message === '' ? 'the WebSocket failed' : event.message;
      finish({ kind: isOpen ? 'broken' : 'refused', why });
    });
    socket.addEventListener('close', () => {
      const value = output.end();
      const why = 'the connection ended before the program did';
      finish(value === undefined ? { kind: isOpen ? 'broken' : 'refused', why } : { kind: 'ended', value });
    });
  });
}

function readOutput(onLine: (line: string) => void) {
  const lines = createLineSplitter(onLine);
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  let stderr = '';
  let status: unknown;
  return {
    take: (bytes: Uint8Array) => {
      const rest = bytes.subarray(1);
      if (bytes[0] === channels.stdout) lines.push(decoders.stdout.decode(rest, { stream: true }));
      if (bytes[0] === channels.stderr)
        stderr = (stderr + decoders.stderr.decode(rest, { stream: true })).slice(-keptStderr);
      if (bytes[0] === channels.status) status = parseStatus(new TextDecoder().decode(rest));
    },
    end: (): KubeExecEnd | undefined => {
      const exitCode = exitCodeOf(status);
      if (exitCode === undefined) return undefined;
      return { exitCode, stderr: stderr === '' ? messageOf(status) : stderr };
    },
  };
}

function parseStatus(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}

// metav1.Status: Success, or a Failure whose cause ExitCode has the number; any other failure is one to start it.
function exitCodeOf(status: unknown): number | undefined {
  if (!isRecord(status)) return undefined;
  if (status['status'] === 'Success') return 0;
  const details = isRecord(status['details']) ? status['details'] : {};
  const causes: readonly unknown[] = Array.isArray(details['causes']) ? details['causes'] : [];
  const cause = causes.find((each) => isRecord(each) && each['reason'] === 'ExitCode');
  const code = isRecord(cause) ? Number(cause['message']) : Number.NaN;
  return Number.isInteger(code) ? code : 126;
}

function messageOf(status: unknown): string {
  return isRecord(status) && typeof status['message'] === 'string' ? status['message'] : '';
}
