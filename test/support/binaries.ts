import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { resolveControlPlane } from '../../hack/controlplane/resolve.ts';

/** The folder with etcd and kube-apiserver: `KUBEBUILDER_ASSETS` (envtest's convention), else what hack/controlplane provides, which takes minutes the first time. */
export async function findBinaries(): Promise<string> {
  const dir = process.env['KUBEBUILDER_ASSETS'];
  if (dir !== undefined && ['etcd', 'kube-apiserver'].every((name) => existsSync(join(dir, name)))) return dir;
  return (await resolveControlPlane()).dir;
}
