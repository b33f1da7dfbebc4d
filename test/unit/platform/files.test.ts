import { readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readTextIfExists, watchFile, writeFileAtomic } from '../../../src/platform/files.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  path = join(folder, 'state.conf');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writeFileAtomic', () => {
  it('writes, replaces, and leaves nothing else behind', async () => {
    await writeFileAtomic(path, 'one', { mode: 0o600 });
    expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual(['one', 0o600]);
    await writeFileAtomic(path, 'two', { mode: 0o666 });
    expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual(['two', 0o666]);
    expect(await readdir(folder)).toEqual(['state.conf']);
  });

  it('gives the file a new inode, so that a reader keeps what it has opened', async () => {
    await writeFileAtomic(path, 'one');
    const before = (await stat(path)).ino;
    await writeFileAtomic(path, 'two');
    expect((await stat(path)).ino).not.toBe(before);
  });

  it('cleans up when it fails', async () => {
    await mkdir(path);
    await expect(writeFileAtomic(path, 'text')).rejects.toThrow();
    expect(await readdir(folder)).toEqual(['state.conf']);
    await expect(writeFileAtomic(join(folder, 'missing', 'x'), 'text')).rejects.toThrow('ENOENT');
  });

  it('survives many writers at once: the file is one of their texts', async () => {
    const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(10_000));
    await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
    expect(texts).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['state.conf']);
  });
});

describe('readTextIfExists', () => {
  it('reads, or says that there is nothing', async () => {
    await writeFile(path, 'text');
    expect(await readTextIfExists(path)).toBe('text');
    expect(await readTextIfExists(join(folder, 'other'))).toBeUndefined();
    expect(await readTextIfExists(join(path, 'below-a-file'))).toBeUndefined();
    await writeFile(path, '');
    expect(await readTextIfExists(path)).toBe('');
  });

  it('reads files that say they are empty', async () => {
    expect(await readTextIfExists('/proc/self/status')).toMatch(/^Name:/);
  });

  it('refuses what is too large, to the byte', async () => {
    await writeFile(path, 'x'.repeat(100));
    expect(await readTextIfExists(path, 100)).toHaveLength(100);
    await expect(readTextIfExists(path, 99)).rejects.toThrow(`${path} is larger than 99 bytes`);
    await expect(readTextIfExists('/dev/zero', 1000)).rejects.toThrow(RangeError);
  });

  it('throws what is not "no such file"', async () => {
    await expect(readTextIfExists(folder)).rejects.toThrow('EISDIR');
  });
});

describe('watchFile', () => {
  const watching = (target: string) => {
    const controller = new AbortController();
    let changes = 0;
    const done = watchFile(target, {
      signal: controller.signal,
      onChange: () => {
        changes += 1;
      },
    });
    const expectChange = async (work: () => Promise<unknown>) => {
      const before = changes;
      await work();
      await expect.poll(() => changes, { timeout: 2000, interval: 5 }).toBeGreaterThan(before);
      await sleep(30);
    };
    const stop = async () => {
      controller.abort();
      await done;
    };
    return { expectChange, stop, count: () => changes };
  };

  it('tells creation, replacement, writing in place, removal, and creation again', async () => {
    const watcher = watching(path);
    await watcher.expectChange(() => writeFileAtomic(path, 'one'));
    await watcher.expectChange(() => writeFileAtomic(path, 'two'));
    await watcher.expectChange(() => writeFile(path, 'six'));
    await watcher.expectChange(() => rm(path));
    await watcher.expectChange(() => writeFileAtomic(path, 'one'));
    await watcher.stop();
  });

  it('does not tell of other files', async () => {
    const watcher = watching(path);
    await writeFileAtomic(join(folder, 'other'), 'x');
    await sleep(60);
    expect(watcher.count()).toBe(0);
    await watcher.stop();
  });

  it('tells many writes in few calls', async () => {
    const watcher = watching(path);
    await watcher.expectChange(async () => {
      for (let i = 0; i < 50; i += 1) await writeFile(path, `${i}`);
    });
    expect(watcher.count()).toBeLessThan(50);
    await watcher.stop();
  });

  it('tells after the last of many writes, though size and time may look the same', async () => {
    let seen = '';
    const controller = new AbortController();
    const done = watchFile(path, {
      signal: controller.signal,
      onChange: () => {
        seen = readFileSync(path, 'utf8');
      },
    });
    for (let i = 100; i < 400; i += 1) writeFileSync(path, `${i}`, { flag: 'w' });
    await expect.poll(() => seen, { timeout: 2000, interval: 5 }).toBe('399');
    for (let round = 0; round < 5; round += 1) {
      for (const end = performance.now() + 15; performance.now() < end; await sleep(0))
        await writeFile(path, `${Math.random()}`.slice(0, 6));
      await expect.poll(() => seen, { timeout: 2000, interval: 5 }).toBe(readFileSync(path, 'utf8'));
    }
    controller.abort();
    await done;
  });

  it('follows a link that is re-pointed, as ConfigMap volumes do it', async () => {
    for (const version of ['v1', 'v2']) {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'state.conf'), version);
    }
    await symlink('v1', join(folder, '..data'));
    await symlink('..data/state.conf', path);
    const watcher = watching(path);
    await watcher.expectChange(async () => {
      await symlink('v2', join(folder, '..tmp'));
      await rename(join(folder, '..tmp'), join(folder, '..data'));
    });
    expect(await readFile(path, 'utf8')).toBe('v2');
    await watcher.stop();
  });

  it('is silent after abort, and does not begin when aborted before', async () => {
    const watcher = watching(path);
    await writeFile(path, 'x');
    await watcher.stop();
    const told = watcher.count();
    await writeFile(path, 'y');
    await sleep(40);
    expect(watcher.count()).toBe(told);
    await watchFile('/no/such/folder/file', { signal: AbortSignal.abort(), onChange: () => {} });
  });

  it('tells a changed mode, too', async () => {
    await writeFile(path, 'x');
    const watcher = watching(path);
    await watcher.expectChange(() => chmod(path, 0o600));
    await watcher.stop();
  });
});
