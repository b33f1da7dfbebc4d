import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, makeWorkDir, moveIntoCache } from '../controlplane/cache.ts';
import { output } from './deb.ts';
import { readTar, type TarEntry } from './tar-read.ts';

/**
 * The root file system of an image that hack/image wrote, as a folder in the cache: its layers one over the other, by tar(1), which keeps
 * permissions where it runs as root. Throws for what is no such image.
 */
export async function unpackImage(file: string): Promise<string> {
  const entries = readTar(await readFile(file));
  const { config, layers } = readManifest(file, entries);
  const folder = join(cacheDir(), 'roots', config.replace(/^.*\//, ''));
  if (existsSync(folder)) return folder;
  await using work = await makeWorkDir();
  const root = join(work.path, 'root');
  await mkdir(root);
  for (const path of layers) {
    const options = ['--extract', '--gzip', '--no-same-owner', '--same-permissions', '--directory', root];
    await output(['tar', ...options, '--file', '-'], [contentOf(entries, path)]);
  }
  await moveIntoCache(root, folder);
  return folder;
}

/** The paths of an image's configuration and layers inside its archive. */
function readManifest(file: string, entries: readonly TarEntry[]): { config: string; layers: readonly string[] } {
  const [image]: readonly { readonly Config: string; readonly Layers: readonly string[] }[] = JSON.parse(
    contentOf(entries, 'manifest.json').toString('utf8'),
  );
  if (image === undefined) throw new Error(`${file}: its manifest.json names no image`);
  return { config: image.Config, layers: image.Layers };
}

function contentOf(entries: readonly TarEntry[], path: string): Buffer {
  const found = entries.find((entry) => entry.path === path);
  if (found === undefined) throw new Error(`${path} is not in the image`);
  return found.data;
}
