import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { acceptUpgrade, createFrameSplitter, opcodes, renderFrame } from '../../../hack/lab/web-socket.ts';
import { ApiError } from '../../../src/kube/api-error.ts';
import { createExec } from '../../../src/kube/exec.ts';
import type { KubeClient, KubeExecRequest } from '../../../src/kube/request.ts';
import { createTransport } from '../../../src/kube/transport.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

type Serve = (socket: Duplex, request: IncomingMessage) => void;

/** An API server that knows exec alone. */
async function start(serve: Serve, request: KubeClient['request'] = () => Promise.reject(new Error('not asked'))) {
  const server = createServer();
  server.on('upgrade', (asked, socket) =>
    serve(
      socket.on('error', () => {}),
      asked,
    ),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const transport = createTransport();
  closers.push(async () => {
    await transport[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });
  const credentials = {
    origin: `http://127.0.0.1:${port}`,
    prefix: '/proxy',
    headers: { authorization: 'Bearer x' },
    tls: {},
  };
  const current = async () => ({ ...credentials, proxyUrl: undefined, connectionDigest: '' });
  return createExec({ transport, credentials: { current, renew: async () => false }, request, userAgent: 'test' });
}

const accept: Serve = (socket, { headers }) =>
  acceptUpgrade(socket, headers['sec-websocket-key'] ?? '', 'v4.channel.k8s.io');
const say = (socket: Duplex, channel: number, text: string) =>
  socket.write(renderFrame(opcodes.binary, Buffer.concat([Buffer.from([channel]), Buffer.from(text)])));
const close = (socket: Duplex) => socket.end(renderFrame(opcodes.close, Buffer.from([0x03, 0xe8])));
const asked: Omit<KubeExecRequest, 'onLine' | 'signal'> = {
  path: '/api/v1/namespaces/sys/pods/agent-1',
  container: 'agent',
  command: ['sallyport', 'trace-node', '--to', '2001:db8::1&x'],
};
const failure = (code: number) =>
  JSON.stringify({ status: 'Failure', details: { causes: [{ reason: 'ExitCode', message: `${code}` }] } });

async function run(serve: Serve, request?: KubeClient['request']) {
  const lines: string[] = [];
  const exec = await start(serve, request);
  const end = await exec({ ...asked, onLine: (line) => lines.push(line), signal: new AbortController().signal });
  return { ...end, lines };
}

describe('a program in a container', () => {
  test('asks with every word, as its user, and hears lines, however they are cut', async () => {
    let heard: IncomingMessage | undefined;
    const { lines, exitCode } = await run((socket, request) => {
      heard = request;
      accept(socket, request);
      for (const part of ['one\ntw', 'o\n', 'grün'.slice(0, 3), 'n\nlast']) say(socket, 1, part);
      say(socket, 3, '{"status":"Success"}');
      close(socket);
    });
    expect([lines, exitCode]).toEqual([['one', 'two', 'grün'], 0]);
    const url = new URL(heard?.url ?? '', 'http://x');
    expect(url.pathname).toBe('/proxy/api/v1/namespaces/sys/pods/agent-1/exec');
    expect(url.searchParams.getAll('command')).toEqual(asked.command);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      container: 'agent',
      stdin: 'true',
      stdout: 'true',
      stderr: 'true',
    });
    expect(heard?.headers).toMatchObject({
      authorization: 'Bearer x',
      'user-agent': 'test',
      'sec-websocket-protocol': 'v4.channel.k8s.io',
    });
  });

  test('that fails has its status, and what it said on stderr', async () => {
    const end = await run((socket, request) => {
      accept(socket, request);
      say(socket, 2, 'sallyport: nft: not found\n');
      say(socket, 3, failure(7));
      close(socket);
    });
    expect(end).toEqual({ lines: [], exitCode: 7, stderr: 'sallyport: nft: not found\n' });
  });

  test('that cannot be started has 126 and the runtime’s words', async () => {
    const end = await run((socket, request) => {
      accept(socket, request);
      say(socket, 3, '{"status":"Failure","message":"exec: no such file"}');
      close(socket);
    });
    expect(end).toMatchObject({ exitCode: 126, stderr: 'exec: no such file' });
  });
});

describe('what goes wrong', () => {
  test('a refused upgrade: asked again without one, the server says why', async () => {
    const forbidden = new ApiError({ verb: 'GET', path: '', code: 403, reason: 'Forbidden', statusMessage: 'no' });
    const paths: string[] = [];
    const refused = run(
      (socket) => socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
      async ({ path }) => {
        paths.push(path);
        throw forbidden;
      },
    );
    await expect(refused).rejects.toBe(forbidden);
    expect(paths).toEqual([`${asked.path}/exec`]);
  });

  test('a connection that ends before the program: an ApiError', async () => {
    const broken = run((socket, request) => {
      accept(socket, request);
      say(socket, 1, 'one\n');
      socket.destroy();
    });
    await expect(broken).rejects.toMatchObject({ name: 'ApiError', code: 0, reason: 'Network' });
  });

  test('what a line’s reader throws ends it', async () => {
    let ended: Promise<unknown> | undefined;
    const exec = await start((socket, request) => {
      accept(socket, request);
      ended = once(socket, 'close');
      socket.on('data', () => socket.end());
      say(socket, 1, 'one\n');
    });
    const onLine = () => {
      throw new Error('no such line');
    };
    await expect(exec({ ...asked, onLine, signal: new AbortController().signal })).rejects.toThrow('no such line');
    await ended;
  });

  test('an abort closes the connection, and rejects with its reason', async () => {
    const stop = new AbortController();
    const opcodesSeen: number[] = [];
    const gone = Promise.withResolvers<void>();
    const exec = await start((socket, request) => {
      accept(socket, request);
      const split = createFrameSplitter(({ opcode }) => {
        opcodesSeen.push(opcode);
        gone.resolve();
      });
      socket.on('data', split);
      say(socket, 1, 'one\n');
    });
    const running = exec({ ...asked, onLine: () => stop.abort(new Error('enough')), signal: stop.signal });
    await expect(running).rejects.toThrow('enough');
    await gone.promise;
    expect(opcodesSeen).toEqual([opcodes.close]);
  });
});
