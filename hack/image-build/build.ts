import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { debianLayer } from './debian-layer.ts';
import { readDebianLock } from './debian-lock.ts';
import { type Layer, type LayerContent, makeLayer } from './layers.ts';
import { nodeLayer } from './node-layer.ts';
import { blobPath, type ImageFacts, imageParts } from './oci.ts';
import { sallyportLayer } from './sallyport-layer.ts';
import { renderSbom } from './sbom.ts';
import type { TarEntry } from './tar-read.ts';
import { writeTar } from './tar-write.ts';
import type { Architecture } from './wanted.ts';

const root = join(import.meta.dirname, '..', '..');

export interface ImageWish {
  readonly arch: Architecture;
  readonly name: string;
  readonly output: string;
  /** Of the Debian packages; the repository's where it is absent. */
  readonly lock?: string;
}

export interface BuiltImage {
  /** `sha256:…` of its manifest. */
  readonly digest: string;
  readonly layers: readonly Layer[];
  readonly sbom: string;
}

/** Builds the image into `output` and its SBOM beside it. `say` is told of every step. */
export async function buildImage(
  { arch, name, output, lock: file }: ImageWish,
  { version, say }: { readonly version: string; readonly say: (text: string) => void },
): Promise<BuiltImage> {
  const lock = readDebianLock(file);
  const { revision, seconds } = readRevision();
  const facts: ImageFacts = { arch, name, version, revision, seconds };
  const node = await nodeLayer(arch, Date.parse(lock.date) / 1000);
  const contents: readonly LayerContent[] = [
    await timed(say, 'Debian packages', () => debianLayer(lock, arch, node.libraries)),
    node,
    await timed(say, 'Sallyport, bundled', () => sallyportLayer(version, seconds)),
  ];
  const layers: Layer[] = [];
  for (const content of contents) layers.push(await timed(say, `layer ${content.title}`, () => makeLayer(content)));
  const { digest, entries } = imageParts(facts, layers);
  await mkdir(dirname(output), { recursive: true });
  const sbom = `${output.replace(/\.tar$/, '')}.spdx.json`;
  await writeFile(sbom, `${JSON.stringify(renderSbom(facts, digest, contents), undefined, 2)}\n`);
  await timed(say, output, () => writeImage(output, entries, { layers, seconds }));
  return { digest, layers, sbom };
}

/** Writes an image's archive: its small parts and its layers. */
export async function writeImage(
  path: string,
  entries: readonly TarEntry[],
  { layers, seconds }: { readonly layers: readonly Layer[]; readonly seconds: number },
): Promise<void> {
  const blobs = await Promise.all(
    layers.map(async (layer) => ({
      ...({ path: blobPath(`sha256:${layer.digest}`), kind: 'file', mode: 0o644 } as const),
      data: await readFile(layer.file),
    })),
  );
  await writeWhole(path, writeTar([...entries, ...blobs], seconds));
}

/** Commit and time of what is built: SOURCE_DATE_EPOCH (reproducible-builds.org) where it is set, else the commit's. */
function readRevision(): { readonly revision: string; readonly seconds: number } {
  const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8' }).trim();
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && !/^\d+$/.test(given))
    throw new Error(`SOURCE_DATE_EPOCH ${given}: must be seconds since 1970`);
  const dirty = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '-dirty';
  return {
    revision: `${git('rev-parse', 'HEAD')}${dirty}`,
    seconds: Number(given ?? git('log', '-1', '--format=%ct')),
  };
}

async function writeWhole(path: string, pieces: readonly Buffer[]): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(partial));
    await rename(partial, path);
  } finally {
    await rm(partial, { force: true });
  }
}

async function timed<T>(say: (text: string) => void, name: string, step: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const value = await step();
  say(`${name}: done in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  return value;
}
