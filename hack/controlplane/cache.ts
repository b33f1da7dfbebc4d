import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { etcdVersion, gatewayApi, kubernetesVersion } from './versions.ts';

/** Sallyport's cache: `$XDG_CACHE_HOME/sallyport`, else `~/.cache/sallyport`. */
export function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sallyport');
}

/** Where the control plane's programs of this version are kept. */
export function controlPlaneCacheDir(): string {
  return join(cacheDir(), 'controlplane', `kubernetes-${kubernetesVersion}-etcd-${etcdVersion}-${process.arch}`);
}

/** Where the YAML files of Gateway API's standard channel are kept. */
export function gatewayApiCacheDir(): string {
  return join(cacheDir(), 'gateway-api', gatewayApi.version);
}

/** True when the file is there and may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A fresh folder inside the cache (so that a rename out of it is atomic), removed when the scope ends. */
export async function makeWorkDir(): Promise<{ readonly path: string } & AsyncDisposable> {
  await mkdir(cacheDir(), { recursive: true });
  const path = await mkdtemp(join(cacheDir(), '.work-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Moves a finished file or folder to its place in the cache in one step; what is there already stays, as it is the same. */
export async function moveIntoCache(from: string, to: string): Promise<void> {
  await mkdir(join(to, '..'), { recursive: true });
  try {
    await rename(from, to);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}
