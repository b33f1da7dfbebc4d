import { type Clock, systemClock } from '../platform/clock.ts';
import { createLineSplitter } from '../platform/line-splitter.ts';
import { createCredentialSource, type KubeconfigOptions } from './credentials.ts';
import { createExchanger } from './exchange.ts';
import { createExec } from './exec.ts';

import type { KubeClient, KubeExec, KubeStreamRequest, RequestObserver } from './request.ts';
import { createTransport, type TransportOptions } from './transport.ts';

export {
  ApiError,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isNotFound,
  isTooManyRequests,
} from './api-error.ts';
export type { KubeClient, KubeExec, KubeRequest, KubeResponse, KubeStreamRequest, RequestObserver } from './request.ts';

export interface ClientOptions extends KubeconfigOptions, TransportOptions {
  readonly userAgent: string;
  /** Default 30 s. */
  readonly requestTimeoutMs?: number | undefined;
  readonly onRequest?: RequestObserver | undefined;
  /** Default the system's. */
  readonly clock?: Clock | undefined;
}

/** A client for the configured API server; rejects when the configuration is unusable, but does not connect. Idle connections do not keep the process alive. */
export async function loadClient(options: ClientOptions): Promise<KubeClient & KubeExec & AsyncDisposable> {
  const clock = options.clock ?? systemClock;
  const transport = createTransport(options);
  const credentials = await createCredentialSource(options, clock);
  const { userAgent, onRequest } = options;
  const exchange = createExchanger({ clock, transport, credentials, userAgent, onRequest });
  const timeout = options.requestTimeoutMs ?? 30_000;
  const request: KubeClient['request'] = (asked) =>
    exchange(asked, {
      idleMs: asked.timeoutMs ?? timeout,
      read: async ({ status, text }) => ({ status, body: await text() }),
    });
  return {
    request,
    exec: createExec({ transport, credentials, request, userAgent }),
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
  { onOpen, onLine, signal }: KubeStreamRequest,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    onOpen?.();
  } catch (error) {
    return { error };
  }
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
