import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder with etcd and kube-apiserver: `KUBEBUILDER_ASSETS` (envtest's convention). */
export async function findBinaries(): Promise<string> {
  const dir = process.env['KUBEBUILDER_ASSETS'];
  if (dir !== undefined && ['etcd', 'kube-apiserver'].every((name) => existsSync(join(dir, name)))) return dir;
  throw new Error(
    `KUBEBUILDER_ASSETS=${dir ?? ''}: no etcd and kube-apiserver there; set it to a folder that has both`,
  );
}
