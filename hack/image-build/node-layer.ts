import { existsSync } from 'node:fs';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from '../controlplane/cache.ts';
import { run } from '../controlplane/run.ts';
import { readElf } from './elf.ts';
import { copiedFile, fileEntry, type LayerContent } from './layers.ts';
import { type Architecture, architectures } from './wanted.ts';

const lockFolder = join(import.meta.dirname, '..', 'lib', 'node');

/** The pinned Node, as it is upstream. Its time is Debian's, so that the layer changes with its version alone. */
export async function nodeLayer(
  arch: Architecture,
  seconds: number,
): Promise<LayerContent & { readonly libraries: readonly string[] }> {
  const { folder, version } = await provideNode(arch);
  const program = await readFile(join(folder, 'bin', 'node'));
  const loaded = readElf(program);
  if (loaded === undefined) throw new Error(`${folder}/bin/node is no program for Linux`);
  return {
    title: `Node.js ${version}`,
    seconds,
    files: [
      fileEntry('node', 'usr/bin/node', program, 0o755),
      copiedFile('node', 'usr/share/doc/node/copyright', join(folder, 'LICENSE')),
    ],
    packages: [{ name: 'node', version, kind: 'node', license: 'MIT' }],
    libraries: loaded.libraries,
  };
}

/** The folder of the npm package that has Node for a processor: hack/lib/node.sh's, else one of its own in the cache. */
async function provideNode(arch: Architecture): Promise<{ readonly folder: string; readonly version: string }> {
  const name = `node-linux-${architectures[arch].node}`;
  const lock = JSON.parse(await readFile(join(lockFolder, 'package-lock.json'), 'utf8'));
  const version: string = lock.packages[`node_modules/${name}`].version;
  const kept = join(cacheDir(), 'node', version);
  const folderIn = (parent: string) => join(parent, 'node_modules', name);
  if (existsSync(join(folderIn(kept), 'bin', 'node'))) return { folder: folderIn(kept), version };
  const other = join(cacheDir(), 'node', `${version}-${arch}`);
  if (!existsSync(join(folderIn(other), 'bin', 'node'))) await installNode(other, arch);
  return { folder: folderIn(other), version };
}

// The package is the bare binary: nothing of it runs at install time. npm checks its digest against the lock.
async function installNode(target: string, arch: Architecture): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of ['package.json', 'package-lock.json']) await cp(join(lockFolder, name), join(target, name));
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--os=linux'];
  await run(['npm', 'ci', ...options, `--cpu=${architectures[arch].node}`], { cwd: target });
}
