import { type Clock, systemClock } from '../platform/clock.ts';
import { createLineSplitter } from '../platform/line-splitter.ts';
import { createCredentialSource } from './credentials.ts';
import { createExchanger } from './exchange.ts';
import type { KubeconfigOptions } from './kubeconfig.ts';
import { createTransport } from './transport.ts';

export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isNotFound,
  isTooManyRequests,
} from './api-error.ts';

/** One request; `path` as made by `resource.ts`, without a query. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Default application/json. */
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** For each attempt; default the client's. */
  readonly timeoutMs?: number | undefined;
  /** How often a 429 or 503 with Retry-After is waited for; default 4 for idempotent requests, else 0. */
  readonly retries?: number | undefined;
}

/** An answer with status 2xx: `body` is parsed JSON, or the text when the server sent something else (/readyz, logs). */
export interface KubeResponse {
  readonly status: number;
  readonly body: unknown;
}

/** A request whose answer is lines without end; it fails when `idleTimeoutMs` pass without a byte. */
export interface KubeStreamRequest extends KubeRequest {
  readonly onLine: (line: string) => void | Promise<void>;
  readonly signal: AbortSignal;
  readonly idleTimeoutMs: number;
}

/** The API server; both reject with ApiError, with the signal's reason when aborted, and `stream` with whatever `onLine` threw. */
export interface KubeClient {
  request(request: KubeRequest): Promise<KubeResponse>;
  /** Resolves when the server ends the answer. */
  stream(request: KubeStreamRequest): Promise<void>;
}

export interface ClientOptions extends KubeconfigOptions {
  readonly userAgent: string;
  /** Default 30 s. */
  readonly requestTimeoutMs?: number | undefined;
  /** After every attempt (a stream: at its headers); `verb` is the HTTP method or WATCH, `status` 0 without an answer. */
  readonly onRequest?: ((verb: string, path: string, status: number, ms: number) => void) | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

/** A client for the configured API server; rejects when the configuration is unusable, but does not connect. Idle connections do not keep the process alive. */
export async function loadClient(options: ClientOptions): Promise<KubeClient & AsyncDisposable> {
  const clock = options.clock ?? systemClock;
  const transport = createTransport();
  const exchange = createExchanger({
    clock,
    transport,
    credentials: await createCredentialSource(options, clock),
    userAgent: options.userAgent,
    onRequest: options.onRequest,
  });
  const timeout = options.requestTimeoutMs ?? 30_000;
  return {
    request: (request) =>
      exchange(request, {
        idleMs: request.timeoutMs ?? timeout,
        read: async ({ status, text }) => ({ status, body: await text() }),
      }),
    stream: async (request) => {
      const thrown = await exchange(
        { retries: 0, ...request },
        { idleMs: request.idleTimeoutMs, read: ({ chunks }) => readLines(chunks, request) },
      );
      if (thrown !== undefined) throw thrown.error;
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}

// What the handler throws is returned, not thrown: it must not be taken for a network failure.
async function readLines(
  chunks: AsyncIterable<Uint8Array>,
  { onLine, signal }: KubeStreamRequest,
): Promise<{ readonly error: unknown } | undefined> {
  const decoder = new TextDecoder();
  let lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  const deliver = async (): Promise<{ readonly error: unknown } | undefined> => {
    const batch = lines;
    lines = [];
    for (const line of batch) {
      if (signal.aborted) return { error: signal.reason };
      if (line === '') continue;
      try {
        const pending = onLine(line);
        if (pending !== undefined) await pending;
      } catch (error) {
        return { error };
      }
    }
    return undefined;
  };
  for await (const chunk of chunks) {
    splitter.push(decoder.decode(chunk, { stream: true }));
    const thrown = await deliver();
    if (thrown !== undefined) return thrown;
  }
  splitter.push(decoder.decode());
  splitter.end();
  return await deliver();
}
