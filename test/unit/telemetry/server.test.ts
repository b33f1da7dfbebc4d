import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Logger } from '../../../src/telemetry/log.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import {
  type ListenAddress,
  type Readiness,
  serveTelemetry,
  type TelemetryServer,
} from '../../../src/telemetry/server.ts';

const anyPort: ListenAddress = { host: '127.0.0.1', port: 0 };
let controller: AbortController;
let readiness: Readiness;
let logged: string[];
let folder: string;
const log: Logger = {
  debug: () => {},
  info: () => {},
  warn: (_fields, message) => logged.push(message),
  error: (_fields, message) => logged.push(message),
};

beforeEach(async () => {
  controller = new AbortController();
  readiness = { ok: true };
  logged = [];
  folder = await mkdtemp(join(tmpdir(), 'server-'));
});
afterEach(async () => {
  controller.abort();
  await rm(folder, { recursive: true, force: true });
});

function start(listen = anyPort, metrics = createMetrics()): Promise<TelemetryServer> {
  return serveTelemetry({ listen, signal: controller.signal, metrics, log, ready: () => readiness });
}

async function ask(server: TelemetryServer, path: string, init?: RequestInit) {
  const response = await fetch(`http://${server.address}${path}`, init);
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** Sends bytes as they are and gives back all that comes until the server closes. */
function sendRaw(server: TelemetryServer, bytes: string): Promise<string> {
  const [host = '', port] = server.address.split(':');
  const socket = connect({ host, port: Number(port) });
  socket.on('error', () => {});
  socket.write(bytes);
  return text(socket);
}

describe('serveTelemetry', () => {
  it('is alive, and ready when it is', async () => {
    const server = await start();
    expect(await ask(server, '/livez')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask(server, '/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
    readiness = { ok: false, missing: ['first list of EgressRuleSets', 'nft table'] };
    expect(await ask(server, '/readyz?verbose')).toMatchObject({
      status: 503,
      body: 'first list of EgressRuleSets\nnft table\n',
    });
    expect(await ask(server, '/livez')).toMatchObject({ status: 200 });
  });

  it('shows metrics', async () => {
    const metrics = createMetrics();
    metrics.register({ up: { kind: 'gauge', name: 'sallyport_up', help: 'Up.' } }).up.set({}, 1);
    const { status, body, headers } = await ask(await start(anyPort, metrics), '/metrics');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(body).toContain('sallyport_up 1');
  });

  it('answers HEAD without a body and refuses everything else', async () => {
    const server = await start();
    expect(await ask(server, '/livez', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await ask(server, '/metrics', { method });
      expect([method, status, headers.get('allow')]).toEqual([method, 405, 'GET, HEAD']);
    }
    for (const path of ['/', '/livez/', '/metrics/../livez2', '/%6divez', '//livez']) {
      expect(await ask(server, path)).toMatchObject({ status: 404 });
    }
    expect(await ask(server, `/livez?${'x'.repeat(300)}`)).toMatchObject({ status: 414 });
  });

  it('refuses large headers, nonsense, and bodies', async () => {
    const server = await start();
    expect(await sendRaw(server, `GET /livez HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(9000)}\r\n\r\n`)).toContain('431');
    expect(await sendRaw(server, 'nonsense\r\n\r\n')).toContain('400 Bad Request');
    expect(await sendRaw(server, 'GET /livez HTTP/1.1\r\n\r\n')).toContain('400 Bad Request');
    const smuggled = await sendRaw(
      server,
      'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n-------',
    );
    expect(smuggled.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 405']);
    expect(await ask(server, '/livez')).toMatchObject({ status: 200 });
  });

  it('says nothing of an inner error, and goes on', async () => {
    const broken = { ...createMetrics(), expose: () => Promise.reject(new Error('inner secret')) };
    const server = await start(anyPort, broken);
    expect(await ask(server, '/metrics')).toMatchObject({ status: 500, body: 'internal error\n' });
    expect(logged).toEqual(['telemetry request failed']);
    expect(await ask(server, '/livez')).toMatchObject({ status: 200 });
  });

  it('closes on abort, idle connections too', async () => {
    const server = await start();
    const idle = sendRaw(server, '');
    await ask(server, '/livez');
    controller.abort();
    await server.closed;
    expect(await idle).toBe('');
    await expect(ask(server, '/livez')).rejects.toThrow();
    await expect(start()).rejects.toThrow('abort');
  });

  it('says which address it cannot have', async () => {
    const server = await start();
    const port = Number(server.address.split(':')[1]);
    await expect(start({ host: '127.0.0.1', port })).rejects.toThrow(
      `cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`,
    );
  });

  it('listens on a unix socket, also after a crash left one, and removes it', async () => {
    const path = join(folder, 'telemetry.sock');
    // A socket file without a listener: closing the handle of a renamed server leaves it there.
    const stale = createServer().listen(path);
    await expect.poll(() => stat(path).then((s) => s.isSocket())).toBe(true);
    const server = await start({ path });
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      request({ socketPath: path, path: '/livez' }, (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect([answer, server.address]).toEqual([200, path]);
    controller.abort();
    await server.closed;
    stale.close();
  });

  it('never removes a file that is no socket', async () => {
    const path = join(folder, 'precious');
    await writeFile(path, 'text');
    await expect(start({ path })).rejects.toThrow('EADDRINUSE');
    expect((await stat(path)).size).toBe(4);
  });
});
