import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askUnix } from '../../../src/platform/unix-ask.ts';

let folder = '';
let close = () => {};
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ask-'));
});
afterEach(() => {
  close();
  rmSync(folder, { recursive: true });
});

/** Asks a server that treats each connection so. */
async function ask(serve: (socket: Socket) => void, signal = new AbortController().signal): Promise<string> {
  const path = join(folder, 'ctl');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    serve(socket);
  });
  close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return await askUnix({ path, text: 'show\n', isWhole: (text) => text.endsWith('.\n'), timeoutMs: 300, signal });
}

test('an answer may come in pieces', async () => {
  const answer = ask((socket) => {
    socket.write('hello\n');
    socket.on('data', (question) => socket.write(`${question}`, () => socket.write('.\n')));
  });
  expect(await answer).toBe('hello\nshow\n.\n');
});

test('who closes in the middle, says nothing, talks without end, or is not there has not answered', async () => {
  await expect(ask((socket) => socket.end('half'))).rejects.toThrow('closed in the middle');
  close();
  await expect(ask(() => {})).rejects.toThrow();
  close();
  await expect(ask((socket) => socket.end('a'.repeat(2 ** 21)))).rejects.toThrow('more than');
  const nobody = { path: join(folder, 'nobody'), text: '', isWhole: () => true, timeoutMs: 300 };
  await expect(askUnix({ ...nobody, signal: new AbortController().signal })).rejects.toThrow('ENOENT');
});

test('an abort ends it', async () => {
  const over = new AbortController();
  const answer = ask(() => over.abort(), over.signal);
  await expect(answer).rejects.toThrow('abort');
});
