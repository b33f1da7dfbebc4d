import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWorkDir } from '../controlplane/cache.ts';
import type { Architecture } from '../image-build/wanted.ts';
import { upstreamSources } from '../upstream/build.ts';
import { writeComponentImage } from './component-images.ts';
import { provideGoProgram } from './go-programs.ts';

/** Pure: the images of the manifests that Gateway API's suite begins with; throws for one that is not its echo server. */
export function suiteImages(manifests: string): readonly string[] {
  const images = new Set(
    [...manifests.matchAll(/^\s*(?:- )?image: *"?([^\s"]+)"?\s*$/gm)].map(([, image = '']) => image),
  );
  for (const image of images)
    if (!/\/echo-basic(?::|@|$)/.test(image))
      throw new Error(`Gateway API's suite wants the image ${image}, which nobody builds here`);
  return [...images];
}

/** Builds the images of Gateway API's suite from its Go module, and hands each archive to `load`: no registry is asked. */
export async function loadSuiteImages(arch: Architecture, load: (archive: string) => Promise<unknown>): Promise<void> {
  const program = await provideGoProgram('echo-basic');
  const manifests = await readFile(join(await upstreamSources(), 'base', 'manifests.yaml'), 'utf8');
  await using work = await makeWorkDir();
  for (const [i, name] of suiteImages(manifests).entries()) {
    const archive = join(work.path, `suite-${i}.tar`);
    await writeComponentImage(archive, { name, program }, arch);
    await load(archive);
  }
}
