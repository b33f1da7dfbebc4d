import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { KubeApi } from './kube-api.ts';
import { containersDir, nodeRootDir } from './paths.ts';
import type { Pod, PodContainer, PodVolume } from './pod.ts';
import { projectServiceAccount } from './service-account.ts';

/** A folder of the lab and where the container sees it. */
export interface ContainerMount {
  readonly source: string;
  readonly target: string;
}

export interface MountContext {
  readonly api: KubeApi;
  readonly pod: Pod;
  readonly node: string;
  readonly signal: AbortSignal;
}

/** Prepares the volumes of a container: hostPath (inside the node's own folder), emptyDir and projected tokens. */
export async function prepareMounts(
  container: PodContainer,
  context: MountContext,
): Promise<readonly ContainerMount[]> {
  const mounts: ContainerMount[] = [];
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = context.pod.spec.volumes?.find((candidate) => candidate.name === name);
    if (volume === undefined) throw new Error(`volume ${name}: not in the Pod`);
    if (!/^\/(var\/)?run\//.test(mountPath) && !existsSync(mountPath))
      throw new Error(`volume ${name}: the lab mounts only below /run or where a folder is, not at ${mountPath}`);
    const source = await prepareVolume(volume, context);
    if (source !== undefined) mounts.push({ source, target: mountPath });
  }
  return mounts;
}

/** The folder of a volume; undefined where the container shall see the machine's own (a hostPath outside /run). */
async function prepareVolume(volume: PodVolume, context: MountContext): Promise<string | undefined> {
  const { api, pod, node, signal } = context;
  const dir = `${containersDir}/${pod.metadata.uid}/volumes/${volume.name}`;
  if (volume.hostPath !== undefined) {
    const { path } = volume.hostPath;
    // What is there belongs to the network namespace of whoever looks.
    if (path === '/proc/sys/net') return path;
    if (!/^\/(var\/)?run\//.test(path)) return undefined;
    const source = `${nodeRootDir(node)}${path.replace(/^\/var\/run\//, '/run/')}`;
    await mkdir(source, { recursive: true });
    return source;
  }
  if (volume.emptyDir !== undefined) {
    await mkdir(dir, { recursive: true });
    return dir;
  }
  if (volume.projected !== undefined) {
    await projectServiceAccount(api, pod, { dir, sources: volume.projected.sources ?? [], signal });
    return dir;
  }
  throw new Error(`volume ${volume.name}: the lab knows hostPath, emptyDir and projected tokens only`);
}
