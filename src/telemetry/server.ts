import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { removeStaleSocket } from '../platform/files.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Ready, or what is missing, one short line each. */
export type Readiness = { readonly ok: true } | { readonly ok: false; readonly missing: readonly string[] };

export type ListenAddress = { readonly host: string; readonly port: number } | { readonly path: string };

export interface TelemetryServerOptions {
  /** Port 0 takes a free one; a path is a unix socket. */
  readonly listen: ListenAddress;
  readonly signal: AbortSignal;
  readonly metrics: Metrics;
  readonly log: Logger;
  ready(): Readiness;
}

export interface TelemetryServer {
  /** Where it listens: "host:port" or the path. */
  readonly address: string;
  /** Resolves after abort, when every connection is closed. */
  readonly closed: Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
  readonly allow?: string;
}

const longestUrl = 256;

/**
 * Serves /livez (the event loop turns), /readyz (200, or 503 with what is missing) and /metrics to GET and HEAD. Anyone on
 * the network may ask, so requests are small, few and short. Rejects when the address cannot be had.
 */
export async function serveTelemetry(options: TelemetryServerOptions): Promise<TelemetryServer> {
  const { listen, signal } = options;
  signal.throwIfAborted();
  if ('path' in listen) await removeStaleSocket(listen.path);
  const server = createServer(
    {
      maxHeaderSize: 8192,
      headersTimeout: 5000,
      requestTimeout: 5000,
      keepAliveTimeout: 5000,
      connectionsCheckingInterval: 1000,
    },
    (request, response) => void handle(options, request, response),
  );
  server.maxConnections = 64;
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new Error(`cannot listen on ${describe(listen)}: ${cause.message}`, { cause })),
    );
    server.listen(listen, resolve);
  });
  server.on('error', (error) => options.log.warn({ error }, 'telemetry server'));
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  signal.addEventListener('abort', close, { once: true });
  if (signal.aborted) close();
  return { address: addressOf(listen, server.address()), closed };
}

async function handle(
  options: TelemetryServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answer = await answerTo(options, request).catch((error: unknown): Answer => {
    options.log.error({ error, url: request.url }, 'telemetry request failed');
    return { status: 500, text: 'internal error\n' };
  });
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined;
  response.writeHead(answer.status, {
    'content-type': answer.contentType ?? 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(answer.text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(answer.allow === undefined ? {} : { allow: answer.allow }),
    // A body is never read: what follows it on this connection could not be told apart.
    ...(hasBody ? { connection: 'close' } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : answer.text);
}

async function answerTo(options: TelemetryServerOptions, request: IncomingMessage): Promise<Answer> {
  const { method, url = '' } = request;
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'only GET and HEAD\n', allow: 'GET, HEAD' };
  if (url.length > longestUrl) return { status: 414, text: 'URL too long\n' };
  switch (url.split('?', 1)[0]) {
    case '/livez':
      return { status: 200, text: 'ok\n' };
    case '/readyz': {
      const readiness = options.ready();
      return readiness.ok ? { status: 200, text: 'ok\n' } : { status: 503, text: `${readiness.missing.join('\n')}\n` };
    }
    case '/metrics':
      return { status: 200, ...(await options.metrics.expose()) };
    default:
      return { status: 404, text: 'not found\n' };
  }
}

function describe(listen: ListenAddress): string {
  return 'path' in listen ? listen.path : hostPort(listen.host, listen.port);
}

function addressOf(listen: ListenAddress, bound: AddressInfo | string | null): string {
  return 'path' in listen || bound === null || typeof bound === 'string'
    ? describe(listen)
    : hostPort(listen.host, bound.port);
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
