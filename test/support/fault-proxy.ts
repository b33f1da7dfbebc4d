import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A TCP proxy in front of a server (TLS passes through) that breaks connections on demand. */
export interface TcpFaultProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections accepted since the start. */
  readonly accepted: number;
  /** Resets every open connection; new ones work. */
  cut(): void;
  /** Open connections stay but nothing passes in either direction, new ones hang: a partition. */
  stall(): void;
  /** New connections are reset at once, open ones too. */
  refuse(): void;
  /** Ends `stall` and `refuse`. What was stalled stays lost: its connections hang for ever. */
  heal(): void;
}

export async function startTcpFaultProxy(target: { readonly url: string }): Promise<TcpFaultProxy> {
  const { hostname, port } = new URL(target.url);
  const sockets = new Set<Socket>();
  const state = { mode: 'pass' as 'pass' | 'stall' | 'refuse', accepted: 0 };
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const server = createServer((inside) => {
    state.accepted++;
    track(inside);
    if (state.mode === 'refuse') return void inside.resetAndDestroy();
    if (state.mode === 'stall') return void inside.pause();
    const outside = connect(Number(port), hostname);
    track(outside);
    pass(inside, outside);
    pass(outside, inside);
  });
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const listening = await listen(server);
  return {
    port: listening,
    get accepted() {
      return state.accepted;
    },
    cut,
    stall: () => {
      state.mode = 'stall';
      for (const socket of sockets) {
        socket.removeAllListeners('data');
        socket.pause();
      }
    },
    refuse: () => {
      state.mode = 'refuse';
      cut();
    },
    heal: () => {
      state.mode = 'pass';
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

function pass(from: Socket, to: Socket): void {
  from.on('data', (chunk) => {
    if (!to.write(chunk)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('close', () => to.destroy());
}

/** One request as a fault is chosen for it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
  /** How many came before, of any kind. */
  readonly index: number;
}

/** What happens instead of, or on top of, the server's own answer. */
export type HttpFault =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: 'delay'; readonly ms: number }
  /** Resets the connection after so many bytes of the answer's body. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Sends this text as part of the body after so many bytes, then ends the answer in order. */
  | { readonly kind: 'inject'; readonly afterBytes: number; readonly text: string };

/** A plain HTTP proxy in front of a TLS server that lies on demand. */
export interface HttpFaultProxy extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Resets every open connection. */
  cut(): void;
}

export async function startHttpFaultProxy(
  target: { readonly url: string; readonly caData: string },
  choose: (request: SeenRequest) => HttpFault | undefined,
): Promise<HttpFaultProxy> {
  const seen: SeenRequest[] = [];
  const server = createHttpServer((incoming, outgoing) => {
    const { pathname: path, searchParams: query } = new URL(incoming.url ?? '/', 'http://proxy');
    const isWatch = query.get('watch') === 'true';
    const entry = { method: incoming.method ?? '', path, query, isWatch, index: seen.length };
    seen.push(entry);
    forward({ incoming, outgoing, target }, choose(entry)).catch(() => outgoing.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    cut: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function forward(
  at: {
    readonly incoming: IncomingMessage;
    readonly outgoing: ServerResponse;
    readonly target: { readonly url: string; readonly caData: string };
  },
  fault: HttpFault | undefined,
): Promise<void> {
  const { incoming, outgoing, target } = at;
  if (fault?.kind === 'delay') await delay(fault.ms);
  if (fault?.kind === 'answer') {
    incoming.resume();
    outgoing.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(fault.body);
    return;
  }
  const url = new URL(incoming.url ?? '/', target.url);
  const { host: _, connection: __, ...headers } = incoming.headers;
  const send = url.protocol === 'http:' ? request : requestTls;
  const upstream = send(url, { method: incoming.method, headers, ca: target.caData });
  incoming.pipe(upstream);
  outgoing.on('close', () => upstream.destroy());
  const [answer] = (await once(upstream, 'response')) as [IncomingMessage];
  const { 'content-length': ___, ...answerHeaders } = answer.headers; // what is injected has another length
  outgoing.writeHead(answer.statusCode ?? 502, answerHeaders);
  outgoing.flushHeaders();
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const limit = fault?.kind === 'cut' || fault?.kind === 'inject' ? fault.afterBytes : Number.POSITIVE_INFINITY;
    outgoing.write(chunk.subarray(0, limit - bytes));
    bytes += chunk.length;
    if (bytes < limit) continue;
    if (fault?.kind === 'inject') outgoing.end(fault.text);
    else setImmediate(() => incoming.socket.resetAndDestroy());
    upstream.destroy();
    return;
  }
  outgoing.end();
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}
