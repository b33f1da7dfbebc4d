import type { Readable } from 'node:stream';
import { Agent, buildConnector, type Dispatcher, ProxyAgent, WebSocket } from 'undici';
import { rejection } from './abort.ts';
import type { Credentials } from './credential.ts';

/** One HTTP request as it goes out; `path` includes the query. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** After so long without a byte the caller gives up, ms. */
  readonly idleMs: number;
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

export interface TransportOptions {
  /** All requests, watches included, share one connection where the server speaks HTTP/2: for what a thousand nodes run. */
  readonly oneConnection?: boolean | undefined;
}

/** A request to speak a protocol over a WebSocket (RFC 6455); `path` includes the query. */
export interface Upgrade {
  readonly path: string;
  readonly protocol: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A transport with one dispatcher, replaced only when certificate, CA or server change, or one connection cannot be shared; it ends after its last answer. */
export function createTransport({ oneConnection = false }: TransportOptions = {}): Transport {
  let live: { readonly digest: string; readonly dispatcher: Dispatcher } | undefined;
  let isShared = oneConnection;
  const dispatcherFor = (credentials: Credentials): Dispatcher => {
    const digest = `${isShared} ${credentials.connectionDigest}`;
    if (live?.digest === digest) return live.dispatcher;
    live?.dispatcher.close().catch(() => undefined);
    live = { digest, dispatcher: isShared ? createShared(credentials) : createDispatcher(credentials) };
    return live.dispatcher;
  };
  const request = (credentials: Credentials, exchange: Exchange) => {
    const pending = dispatcherFor(credentials).request({
      origin: credentials.origin,
      method: exchange.method as Dispatcher.HttpMethod,
      path: `${credentials.prefix}${exchange.path}`,
      headers: { ...exchange.headers, ...credentials.headers },
      body: exchange.body ?? null,
      signal: exchange.signal,
      ...(isShared ? silence(exchange) : {}),
    });
    // undici 8 heeds the signal only once there is a connection: the caller must not wait for that.
    return Promise.race([pending, rejection(exchange.signal)]).catch((error: unknown) => {
      pending.then(({ body }) => body.destroy()).catch(() => undefined);
      throw error;
    });
  };
  return {
    send: async (credentials, exchange) => {
      const answer = await request(credentials, exchange).catch((error: unknown) => {
        if (!(error instanceof NoHttp2)) throw error;
        isShared = false;
        return request(credentials, exchange);
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

// A little before the caller: undici then asks by a PING (RFC 9113 §6.7) whether anybody is there, for as long again, and where nobody
// answers ends the connection, and with it all that share it. Who only is slow answers, and loses nothing but this request.
function silence({ idleMs }: Exchange): { readonly headersTimeout: number; readonly bodyTimeout: number } {
  const ms = Math.max(1, Math.floor(idleMs * 0.9));
  return { headersTimeout: ms, bodyTimeout: ms };
}

/** Nothing was sent yet. */
class NoHttp2 extends Error {}

// One connection for all, and nobody's watch waits behind another's: so it must be HTTP/2. What is between here and the server may not speak it.
function createShared(credentials: Credentials): Dispatcher {
  const { tls, proxyUrl, origin } = credentials;
  if (proxyUrl !== undefined || !origin.startsWith('https:')) return createDispatcher(credentials);
  const connector = buildConnector({ ...connectOptions, ...tls, allowH2: true, preferH2: true });
  const connect: typeof connector = (options, callback) =>
    connector(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if ('alpnProtocol' in socket && socket.alpnProtocol === 'h2') return callback(null, socket);
      socket.destroy();
      return callback(new NoHttp2('the server does not speak HTTP/2'), null);
    });
  return new Agent({ ...limits, connections: 1, allowH2: true, connect });
}

function createDispatcher({ tls, proxyUrl }: Credentials): Dispatcher {
  const connect = { ...connectOptions, ...tls };
  if (proxyUrl === undefined) return new Agent({ ...limits, connect });
  if (!/^https?:/.test(proxyUrl))
    throw new Error(`proxy-url ${new URL(proxyUrl).protocol} is not supported: use an http or https proxy`);
  return new ProxyAgent({ ...limits, uri: proxyUrl, requestTls: connect });
}

const connectOptions = { keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 5_000 } as const;

const limits = {
  // Watches hold one connection each for ever; a burst of requests queues for the rest instead of flooding the server.
  connections: 64,
  // HTTP/1.1 but for who shares one: a dead connection takes one watch with it and not all; every stream has its own flow control.
  allowH2: false,
  // The API server closes idle connections after 90 s; leaving first avoids resets on reuse.
  keepAliveTimeout: 30_000,
  keepAliveMaxTimeout: 60_000,
  // The client's own deadlines count, on its own clock.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;
