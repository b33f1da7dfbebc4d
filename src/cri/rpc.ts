import { type ClientHttp2Session, type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import type { Clock } from '../platform/clock.ts';
import { createMessageSplitter, frameMessage } from './frames.ts';

/** gRPC's status (its `grpc-status` number), or why there was none. */
export type RpcFailure = 'unimplemented' | 'not-found' | 'refused' | 'unreachable' | 'late' | 'malformed';

/** A call that came to nothing; the message names the method. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly failure: RpcFailure;
  constructor(failure: RpcFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.failure = failure;
  }
}

export interface RpcOptions {
  /** Of a unix socket. */
  readonly path: string;
  readonly clock: Clock;
  /** Ends the connection with all its calls. */
  readonly signal: AbortSignal;
}

/** One connection to a gRPC server. All methods reject with RpcError, or with the signal's reason. */
export interface Rpc {
  /** One request, one answer, within two seconds. */
  call(method: string, request: Uint8Array): Promise<Uint8Array>;
  /** One request, answers until the server ends the stream (resolves) or fails; what `onMessage` throws ends it, too. */
  stream(method: string, request: Uint8Array, onMessage: (message: Uint8Array) => void): Promise<void>;
  /** Resolves when the connection is over, with the reason for people. Never rejects. */
  readonly closed: Promise<string>;
}

const deadlineMs = 2_000;
const maxMessageBytes = 16 * 1024 * 1024;

/** Connects over a unix socket; a server that is not there shows in `closed` and in every call. */
export function createRpc({ path, clock, signal }: RpcOptions): Rpc {
  const session = connect('http://localhost', { createConnection: () => connectSocket({ path }) });
  const closed = untilClosed(session, path);
  const close = () => session.destroy();
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  void closed.then(() => signal.removeEventListener('abort', close));
  const open = (exchange: Omit<Exchange, 'session' | 'path'>) => converse({ ...exchange, session, path });
  return {
    closed,
    stream: (method, request, onMessage) => open({ method, request, onMessage }),
    call: async (method, request) => {
      const over = new AbortController();
      const messages: Uint8Array[] = [];
      const late = clock.sleep(deadlineMs, over.signal).then(
        () => {
          throw new RpcError('late', `${method}: no answer from ${path} within ${deadlineMs / 1000} s`);
        },
        () => {},
      );
      try {
        const answered = open({ method, request, signal: over.signal, onMessage: (message) => messages.push(message) });
        await Promise.race([answered, late.then(() => answered)]);
      } finally {
        over.abort();
      }
      const [message] = messages;
      if (message === undefined || messages.length > 1)
        throw new RpcError('malformed', `${method}: ${messages.length} answers instead of one`);
      return message;
    },
  };
}

function untilClosed(session: ClientHttp2Session, path: string): Promise<string> {
  return new Promise((resolve) => {
    let why = `the connection to ${path} was closed`;
    session.on('error', (error) => {
      why = error.message;
    });
    // A server that says good-bye takes no more calls: a new connection is needed.
    session.on('goaway', () => session.destroy());
    session.on('close', () => resolve(why));
  });
}

interface Exchange {
  readonly session: ClientHttp2Session;
  readonly path: string;
  readonly method: string;
  readonly request: Uint8Array;
  readonly signal?: AbortSignal;
  onMessage(message: Uint8Array): void;
}

function converse({ session, path, method, request, signal, onMessage }: Exchange): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (failure: RpcFailure, why: string, cause?: unknown) =>
      reject(new RpcError(failure, `${method} of ${path}: ${why}`, cause));
    let stream: ClientHttp2Stream;
    try {
      stream = session.request({
        ':method': 'POST',
        ':path': method,
        'content-type': 'application/grpc',
        te: 'trailers',
      });
    } catch (error) {
      return fail('unreachable', error instanceof Error ? error.message : String(error), error);
    }
    const split = createMessageSplitter(maxMessageBytes);
    let status: IncomingHttpHeaders = {};
    let problem: unknown;
    let failure: RpcFailure = 'unreachable';
    const heed = (headers: IncomingHttpHeaders) => {
      status = { ...status, ...headers };
    };
    const stop = () => stream.close();
    signal?.addEventListener('abort', stop, { once: true });
    // An answer without messages has its status among the headers ("Trailers-Only").
    stream.on('response', heed).on('trailers', heed);
    stream.on('data', (chunk: Buffer) => {
      if (problem !== undefined) return;
      try {
        for (const message of split(chunk)) onMessage(message);
      } catch (error) {
        failure = 'malformed';
        problem = error;
        stream.close();
      }
    });
    stream.on('error', (error) => {
      problem ??= error;
    });
    stream.on('close', () => {
      signal?.removeEventListener('abort', stop);
      if (problem !== undefined)
        return fail(failure, problem instanceof Error ? problem.message : String(problem), problem);
      if (status['grpc-status'] === '0') return resolve();
      fail(...describeEnd(status));
    });
    stream.end(frameMessage(request));
  });
}

const failures: Readonly<Record<string, RpcFailure>> = { '5': 'not-found', '12': 'unimplemented' };

function describeEnd(status: IncomingHttpHeaders): readonly [RpcFailure, string] {
  const code = status['grpc-status'];
  if (typeof code === 'string') return [failures[code] ?? 'refused', `status ${code.slice(0, 9)}: ${wordsOf(status)}`];
  return Number(status[':status'] ?? 200) === 200
    ? ['unreachable', 'ended without a status']
    : ['refused', `HTTP status ${status[':status']}`];
}

function wordsOf(status: IncomingHttpHeaders): string {
  const text = String(status['grpc-message'] ?? 'without a message').slice(0, 300);
  return text.replaceAll(/[^\x20-\x7e]/g, '?');
}
