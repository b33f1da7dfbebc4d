import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, ProxyAgent, WebSocket } from 'undici';
import { rejection } from './abort.ts';
import type { Credentials } from './credentials.ts';

/** One HTTP request as it goes out; `path` includes the query. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable & { text(): Promise<string> };
}

/** HTTP over connections that are kept and shared; undici's errors come out as they are. */
export interface Transport extends AsyncDisposable {
  send(credentials: Credentials, exchange: Exchange): Promise<Answer>;
  /** Begins a WebSocket; its events tell what becomes of it. */
  connect(credentials: Credentials, upgrade: Upgrade): WebSocket;
}

/** A request to speak a protocol over a WebSocket (RFC 6455); `path` includes the query. */
export interface Upgrade {
  readonly path: string;
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A transport with one dispatcher, replaced only when certificate, CA or server change; the replaced one ends after its last answer. */
export function createTransport(): Transport {
  let live: { readonly digest: string; readonly dispatcher: Dispatcher } | undefined;
  const dispatcherFor = (credentials: Credentials): Dispatcher => {
    if (live?.digest === credentials.connectionDigest) return live.dispatcher;
    live?.dispatcher.close().catch(() => undefined);
    live = { digest: credentials.connectionDigest, dispatcher: createDispatcher(credentials) };
    return live.dispatcher;
  };
  return {
    send: async (credentials, exchange) => {
      const pending = dispatcherFor(credentials).request({
        origin: credentials.origin,
        method: exchange.method as Dispatcher.HttpMethod,
        path: `${credentials.prefix}${exchange.path}`,
        headers: { ...exchange.headers, ...credentials.headers },
        body: exchange.body ?? null,
        signal: exchange.signal,
      });
      // undici 8 heeds the signal only once there is a connection: the caller must not wait for that.
      const answer = await Promise.race([pending, rejection(exchange.signal)]).catch((error: unknown) => {
        pending.then(({ body }) => body.destroy()).catch(() => undefined);
        throw error;
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    },
    connect: (credentials, { path, protocol, headers }) =>
      new WebSocket(`${credentials.origin.replace(/^http/, 'ws')}${credentials.prefix}${path}`, {
        protocols: [protocol],
        dispatcher: dispatcherFor(credentials),
        headers: { ...headers, ...credentials.headers },
      }),
    [Symbol.asyncDispose]: async () => {
      // Not waited for: a connection that is being made may take its whole time limit.
      live?.dispatcher.destroy().catch(() => undefined);
      live = undefined;
    },
  };
}

function createDispatcher({ tls, proxyUrl }: Credentials): Dispatcher {
  const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 5_000 };
  if (proxyUrl === undefined) return new Agent({ ...limits, connect });
  if (!/^https?:/.test(proxyUrl))
    throw new Error(`proxy-url ${new URL(proxyUrl).protocol} is not supported: use an http or https proxy`);
  return new ProxyAgent({ ...limits, uri: proxyUrl, requestTls: connect });
}

const limits = {
  // Watches hold one connection each for ever; a burst of requests queues for the rest instead of flooding the server.
  connections: 64,
  // HTTP/1.1: a dead connection takes one watch with it and not all; every stream has its own flow control.
  allowH2: false,
  // The API server closes idle connections after 90 s; leaving first avoids resets on reuse.
  keepAliveTimeout: 30_000,
  keepAliveMaxTimeout: 60_000,
  // The client's own deadlines count, on its own clock.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;
