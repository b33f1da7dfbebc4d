import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { listFolder, makeFolder } from '../../../src/platform/folders.ts';

const place = mkdtempSync(join(tmpdir(), 'sallyport-folders-'));
afterAll(() => rmSync(place, { recursive: true }));

test('a folder is made with those above it, and may be there', async () => {
  const path = join(place, 'a', 'b', 'c');
  for (let time = 0; time < 2; time += 1) await makeFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
  await expect(makeFolder('/')).resolves.toBeUndefined();
});

test('a folder tells its names, and what is none nothing', async () => {
  writeFileSync(join(place, 'listed'), '');
  expect(await listFolder(place)).toContain('listed');
  expect(await listFolder(join(place, 'listed'))).toBeUndefined();
  expect(await listFolder(join(place, 'none'))).toBeUndefined();
});

test('a file in its place, or above it, is an error', async () => {
  writeFileSync(join(place, 'file'), '');
  await expect(makeFolder(join(place, 'file'))).rejects.toThrow(/^EEXIST: .*file'$/);
  await expect(makeFolder(join(place, 'file', 'x', 'y'))).rejects.toThrow(/^ENOTDIR: /);
});

test('a folder that takes none is an error, and no circle', async () => {
  await expect(makeFolder('/proc/sallyport/x')).rejects.toThrow(/^ENOENT: .*'\/proc\/sallyport'$/);
});
