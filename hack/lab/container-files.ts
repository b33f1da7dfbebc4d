import type { ContainerFiles } from './container.ts';
import { bundleDir, taggedBundleDir } from './paths.ts';
import { imageTag } from './pod.ts';

/** What an image of Sallyport stands for: the lab's own version, or the one whose bundle its tag names. */
export function containerFiles(
  image: string,
  { root, bundles }: { readonly root: string; readonly bundles: Readonly<Record<string, string>> },
): ContainerFiles {
  const tag = imageTag(image);
  if (tag === undefined || !Object.hasOwn(bundles, tag)) return { root, bundle: bundleDir };
  return { root: '/', bundle: taggedBundleDir(tag) };
}
