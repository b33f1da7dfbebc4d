import { createHash } from 'node:crypto';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { controlPlaneCacheDir, isExecutable, makeWorkDir, moveIntoCache } from './cache.ts';
import { download } from './download.ts';
import { run, timed } from './run.ts';
import { type ControlPlaneBinary, envtest } from './versions.ts';

const releases = 'https://github.com/kubernetes-sigs/controller-tools/releases/download';

export interface EnvtestArchive {
  readonly url: string;
  /** Hexadecimal. */
  readonly sha512: string;
}

/**
 * The archive to take: the pinned one, `SALLYPORT_ENVTEST_URL` in its place (a mirror of the same bytes), or the one that the
 * index at `SALLYPORT_ENVTEST_INDEX` (the form of controller-tools' envtest-releases.yaml) names for this version.
 */
export async function findEnvtestArchive(env: NodeJS.ProcessEnv = process.env): Promise<EnvtestArchive> {
  const cpu = process.arch === 'x64' ? 'amd64' : process.arch;
  const file = `envtest-v${envtest.version}-linux-${cpu}.tar.gz`;
  const index = env['SALLYPORT_ENVTEST_INDEX'];
  if (index !== undefined) {
    const found = parseEnvtestIndex((await download(index)).toString('utf8'), file);
    if (found === undefined) throw new Error(`${index}: no ${file} in it`);
    return { url: env['SALLYPORT_ENVTEST_URL'] ?? found.url, sha512: found.sha512 };
  }
  const sha512 = process.arch === 'x64' || process.arch === 'arm64' ? envtest.sha512[process.arch] : undefined;
  if (sha512 === undefined)
    throw new Error(`no pinned envtest archive for ${process.arch}: set SALLYPORT_ENVTEST_INDEX`);
  return { url: env['SALLYPORT_ENVTEST_URL'] ?? `${releases}/envtest-v${envtest.version}/${file}`, sha512 };
}

/** The entry of one file in envtest-releases.yaml: its `hash` and `selfLink` stand on the two lines below its name. */
export function parseEnvtestIndex(text: string, file: string): EnvtestArchive | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const at = lines.indexOf(`${file}:`);
  if (at < 0) return undefined;
  const entry = lines.slice(at + 1, at + 3);
  const sha512 = entry.find((line) => line.startsWith('hash: '))?.slice('hash: '.length);
  const url = entry.find((line) => line.startsWith('selfLink: '))?.slice('selfLink: '.length);
  return sha512 === undefined || url === undefined ? undefined : { url, sha512 };
}

/** Downloads the archive, checks its digest and puts those of the wanted programs that it holds into the cache. */
export async function takeFromEnvtest(wanted: readonly ControlPlaneBinary[]): Promise<void> {
  const archive = await findEnvtestArchive();
  await using work = await makeWorkDir();
  await timed(`envtest archive ${envtest.version}`, async () => {
    const bytes = await download(archive.url);
    const digest = createHash('sha512').update(bytes).digest('hex');
    if (digest !== archive.sha512) throw new Error(`${archive.url}: SHA-512 is ${digest}, not ${archive.sha512}`);
    await writeFile(join(work.path, 'archive.tar.gz'), bytes);
    await run(['tar', '-xzf', join(work.path, 'archive.tar.gz'), '-C', work.path]);
  });
  await mkdir(controlPlaneCacheDir(), { recursive: true });
  for (const name of wanted) {
    const from = join(work.path, 'controller-tools', 'envtest', name);
    if (!isExecutable(from)) continue;
    await copyFile(from, join(work.path, name));
    await moveIntoCache(join(work.path, name), join(controlPlaneCacheDir(), name));
  }
}
