import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, controlPlaneCacheDir, gatewayApiCacheDir, isExecutable } from './cache.ts';
import { controlPlaneBinaries } from './versions.ts';

export interface ControlPlane {
  /** The folder that has all five programs of `versions.ts`. */
  readonly dir: string;
  /** Where they come from, for people. */
  readonly source: string;
}

/**
 * A folder with etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl: `KUBEBUILDER_ASSETS` (the convention
 * of envtest), then the cache, then built from Go modules, then envtest's archive. What one source lacks comes from the next.
 * The first time takes minutes and prints progress to stderr; throws when a program is to be had nowhere.
 */
export async function resolveControlPlane(env: NodeJS.ProcessEnv = process.env): Promise<ControlPlane> {
  const assets = env['KUBEBUILDER_ASSETS'] || undefined;
  const inAssets = (name: string) => assets !== undefined && isExecutable(join(assets, name));
  const lacking = controlPlaneBinaries.filter((name) => !inAssets(name));
  if (assets !== undefined && lacking.length === 0) return { dir: assets, source: 'KUBEBUILDER_ASSETS' };
  const cached = controlPlaneCacheDir();
  await provide(lacking.filter((name) => !isExecutable(join(cached, name))));
  if (assets === undefined || lacking.length === controlPlaneBinaries.length) return { dir: cached, source: 'cache' };
  const dir = await linkTogether((name) => join(inAssets(name) ? assets : cached, name));
  return { dir, source: `KUBEBUILDER_ASSETS, and the cache for ${lacking.join(', ')}` };
}

/** The folder with the CRDs (YAML) of Gateway API's standard channel; downloaded the first time. */
export async function resolveGatewayApiCrds(): Promise<{ readonly dir: string }> {
  const dir = gatewayApiCacheDir();
  if (!existsSync(dir)) await provide(['gateway-api']);
  return { dir };
}

/** Fetches or builds all that is missing at once: what `hack/setup` runs. */
export async function resolveEverything(env: NodeJS.ProcessEnv = process.env): Promise<ControlPlane> {
  const [controlPlane] = await Promise.all([resolveControlPlane(env), resolveGatewayApiCrds()]);
  return controlPlane;
}

/** One folder of links to programs of several folders, named by what it links to. */
async function linkTogether(pathOf: (name: string) => string): Promise<string> {
  const paths = controlPlaneBinaries.map(pathOf);
  const digest = createHash('sha256').update(paths.join('\n')).digest('hex').slice(0, 16);
  const dir = join(cacheDir(), 'controlplane', `links-${digest}`);
  await mkdir(dir, { recursive: true });
  for (const [i, name] of controlPlaneBinaries.entries()) {
    const temporary = join(dir, `.${name}.${process.pid}`);
    await symlink(paths[i] ?? '', temporary);
    await rename(temporary, join(dir, name));
  }
  return dir;
}

/** Runs provide.ts under a lock per kind of thing (flock ends with its process, whatever happens to it). */
async function provide(names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await mkdir(cacheDir(), { recursive: true });
  const lock = join(cacheDir(), names.includes('gateway-api') ? '.gateway-api.lock' : '.controlplane.lock');
  const program = join(import.meta.dirname, 'provide.ts');
  // Node asks neither the machine's proxy nor its certificates unless told to.
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1', NODE_USE_SYSTEM_CA: '1' };
  const child = spawn('flock', ['--close', lock, process.execPath, program, ...names], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env,
  });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (status !== 0) throw new Error(`cannot provide ${names.join(', ')}: see above`);
}
