import { expect, test } from 'vitest';
import { openForeignSockets } from '../../../src/platform/foreign-sockets.ts';

// Without a namespace of their own: what the child does is the same.
const enter = ['env'] as const;
const { signal } = new AbortController();
const loopback = { address: '127.0.0.1', port: 0 };
const prepare = () => Promise.resolve();

test('sockets arrive bound, in order, and work when the child is gone', async () => {
  let pid = 0;
  const wishes = Array.from({ length: 20 }, () => loopback);
  const sockets = await openForeignSockets({
    ...{ enter, wishes, signal },
    prepare: async (child) => {
      pid = child;
    },
  });
  expect(pid).toBeGreaterThan(1);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  const [first, second] = sockets;
  if (first === undefined || second === undefined) throw new Error('no sockets');
  const { port } = first.local();
  const heard = new Promise<readonly [string, number]>((resolve) => {
    first.onMessage((bytes, from) => resolve([Buffer.from(bytes).toString(), from.port]));
  });
  second.send(new TextEncoder().encode('x'), { address: '127.0.0.1', port });
  expect(await heard).toEqual(['x', second.local().port]);
  for (const socket of sockets) socket.close();
  second.send(new Uint8Array(1), { address: '127.0.0.1', port });
  second.close();
});

const failures = [
  ['a program that ends', { enter: ['false'] as const, wishes: [] }, 'exit status 1'],
  ['a program that is not there', { enter: ['no-such-program'] as const, wishes: [] }, 'ENOENT'],
  ['an address that nobody has', { enter, wishes: [loopback, { address: '192.0.2.1', port: 0 }] }, 'EADDRNOTAVAIL'],
] as const;
test.each(failures)('%s: an error that says so', async (_, options, words) => {
  await expect(openForeignSockets({ ...options, prepare, signal })).rejects.toThrow(words);
});

test('what preparing throws, and what takes too long', async () => {
  const fail = () => Promise.reject(new Error('no device'));
  await expect(openForeignSockets({ enter, wishes: [], prepare: fail, signal })).rejects.toThrow('no device');
  const never = () => new Promise<void>(() => {});
  const late = openForeignSockets({ enter, wishes: [], prepare: never, signal, timeoutMs: 300 });
  await expect(late).rejects.toThrow('timeout');
});

test('sockets that arrive after a failure are closed', async () => {
  const failing = new AbortController();
  const port = 20_000 + (process.pid % 10_000);
  const wishes = [{ address: '127.0.0.1', port }];
  const opening = openForeignSockets({
    ...{ enter, wishes, signal: failing.signal },
    prepare: async () => {
      setImmediate(() => {
        // Meanwhile the child opens its sockets and sends them: they wait in the channel.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
        failing.abort();
      });
    },
  });
  await expect(opening).rejects.toThrow('aborted');
  await new Promise((resolve) => setTimeout(resolve, 200));
  // Nobody has the port any more.
  const [again] = await openForeignSockets({ enter, wishes, signal, prepare });
  expect(again?.local().port).toBe(port);
  again?.close();
});
