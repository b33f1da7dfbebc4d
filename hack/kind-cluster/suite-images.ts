import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWorkDir } from '../controlplane/cache.ts';
import type { Architecture } from '../image-build/wanted.ts';
import { upstreamSources } from '../upstream/build.ts';
import { writeComponentImage } from './component-images.ts';
import { type GoProgram, provideGoProgram } from './go-programs.ts';

const suitePrograms = ['echo-basic', 'coredns'] as const satisfies readonly GoProgram[];

export interface SuiteImage {
  readonly name: string;
  readonly program: (typeof suitePrograms)[number];
}

/** Pure: the images of the manifests that Gateway API's suite begins with; throws for one of which we have no program. */
export function suiteImages(manifests: string): readonly SuiteImage[] {
  const names = [...manifests.matchAll(/^\s*(?:- )?image: *"?([^\s"]+)"?\s*$/gm)].map(([, name = '']) => name);
  return [...new Set(names)].map((name) => {
    const program = suitePrograms.find((each) => new RegExp(`/${each}(?::|@|$)`).test(name));
    if (program === undefined)
      throw new Error(
        `Gateway API's suite wants the image ${name}: its program is not built here (hack/kind-cluster/go-programs.ts)`,
      );
    return { name, program };
  });
}

/** Builds the images of Gateway API's suite from Go modules, and hands each archive to `load`: no registry is asked. */
export async function loadSuiteImages(arch: Architecture, load: (archive: string) => Promise<unknown>): Promise<void> {
  const manifests = await readFile(join(await upstreamSources(), 'base', 'manifests.yaml'), 'utf8');
  await using work = await makeWorkDir();
  for (const [i, { name, program }] of suiteImages(manifests).entries()) {
    const archive = join(work.path, `suite-${i}.tar`);
    await writeComponentImage(archive, { name, program: await provideGoProgram(program) }, arch);
    await load(archive);
  }
}
