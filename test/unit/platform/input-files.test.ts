import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listFiles } from '../../../src/platform/input-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-files-'));
  await mkdir(join(folder, 'b', 'c'), { recursive: true });
  for (const name of ['z.yaml', 'a.txt', 'b/x.json', 'b/c/y.yml']) await writeFile(join(folder, name), '');
  await symlink('..', join(folder, 'b', 'loop'));
  await symlink('../z.yaml', join(folder, 'b', 'link.yaml'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('lists what is below a folder, sorted; a link to a folder is not followed', async () => {
  const files = await listFiles(folder);
  expect(files.map((file) => file.slice(folder.length + 1))).toEqual([
    'a.txt',
    'b/c/y.yml',
    'b/link.yaml',
    'b/loop',
    'b/x.json',
    'z.yaml',
  ]);
});

test('a file is itself', async () => {
  const file = join(folder, 'z.yaml');
  expect(await listFiles(file)).toEqual([file]);
});

test('what is not there rejects', async () => {
  await expect(listFiles(join(folder, 'gone'))).rejects.toMatchObject({ code: 'ENOENT' });
});
