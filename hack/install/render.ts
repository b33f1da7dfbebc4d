import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { stringify } from 'yaml';
import type { InstallOptions } from './options.ts';

/** All objects of a kustomization as one YAML, with the image that is wanted; throws with kubectl's words. */
export function renderInstallation(kubectl: string, { folder, image }: InstallOptions): string {
  if (image === undefined) return kustomize(kubectl, folder);
  const work = mkdtempSync(join(tmpdir(), 'sallyport-install-'));
  try {
    // An image with a digest has no tag: kustomize would keep the one that is there.
    const images = [{ name: 'sallyport', ...image, ...(image.digest === undefined ? {} : { newTag: '' }) }];
    const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization' };
    const resources = [relative(work, folder)];
    writeFileSync(join(work, 'kustomization.yaml'), stringify({ ...kustomization, resources, images }));
    return kustomize(kubectl, work);
  } finally {
    rmSync(work, { recursive: true });
  }
}

function kustomize(kubectl: string, folder: string): string {
  const { status, stdout, stderr, error } = spawnSync(kubectl, ['kustomize', folder], { encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`kubectl kustomize ${folder}: ${error?.message ?? stderr.trim()}`);
}
