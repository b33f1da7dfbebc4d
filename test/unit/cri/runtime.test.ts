import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CriMode, serveCri } from '../../../hack/lab/cri-server.ts';
import { createRpc } from '../../../src/cri/rpc.ts';
import { createRuntime, sharesEvents } from '../../../src/cri/runtime.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

// Over a real unix socket, against the server of the lab.
let folder = '';
let path = '';
let over = new AbortController();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cri-'));
  path = join(folder, 'socket');
  over = new AbortController();
});
afterEach(async () => {
  over.abort();
  await rm(folder, { recursive: true, force: true });
});

const connect = () => createRuntime(createRpc({ path, clock: systemClock, signal: over.signal }));
const serve = (mode: Exclude<CriMode, 'off'>) => serveCri({ path, mode });
const web = { uid: 'u', namespace: 'shop', name: 'web', addresses: ['10.0.0.2', 'fd00::2'], links: ['veth1'] };

describe('a runtime', () => {
  it('tells its version, its sandboxes and their addresses', async () => {
    await using server = await serve('events');
    const id = server.add(web);
    const runtime = connect();
    expect(await runtime.version()).toEqual({ name: 'containerd', version: 'v2.0.0' });
    expect(await runtime.list()).toEqual([{ id, uid: 'u', ready: true }]);
    expect(await runtime.status(id)).toEqual({
      ...{ id, uid: 'u', ready: true, addresses: web.addresses, links: web.links },
    });
    expect(await runtime.status('another')).toBeUndefined();
  });

  it('tells of what begins and ends', async () => {
    await using server = await serve('events');
    const runtime = connect();
    const events: unknown[] = [];
    const first = Promise.withResolvers<void>();
    const following = runtime
      .follow((event) => {
        events.push(event);
        if (event.isOver) first.resolve();
      })
      .catch((error: unknown) => error);
    await runtime.list(); // by then the stream, which was opened before, is known
    const id = server.add(web);
    server.remove(id);
    await first.promise;
    expect(events.slice(0, 2)).toEqual([
      { id, isOver: false },
      { id, isOver: true },
    ]);
    over.abort();
    expect(await following).toMatchObject({ name: 'RpcError' });
    await runtime.closed;
  });

  it('says when it has no events', async () => {
    await using server = await serve('list');
    server.add(web);
    await expect(connect().follow(() => {})).rejects.toMatchObject({ failure: 'unimplemented' });
  });

  it('that is not there, or no gRPC server, is an error with its path', async () => {
    const absent = connect();
    await expect(absent.list()).rejects.toMatchObject({ failure: 'unreachable' });
    expect(await absent.closed).toContain(path);
    const stranger = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => stranger.listen(path, resolve));
    await expect(connect().list()).rejects.toMatchObject({ failure: 'unreachable' });
    stranger.close();
  });

  it('that is silent is late', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(path, resolve));
    const clock = createFakeClock();
    const answer = createRuntime(createRpc({ path, clock, signal: over.signal })).list();
    const late = expect(answer).rejects.toMatchObject({ failure: 'late' });
    await clock.advance(2_000);
    await late;
    over.abort();
    silent.close();
  });

  it('shares its events unless it is a containerd before 2.0', () => {
    const shares = (name: string, version: string) => sharesEvents({ name, version });
    expect([shares('containerd', 'v2.1.4'), shares('cri-o', '1.31.0')]).toEqual([true, true]);
    expect([shares('containerd', '1.7.27'), shares('containerd', 'v1.6.20~ds1'), shares('containerd', '?')]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
