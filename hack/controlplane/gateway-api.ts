import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gatewayApiCacheDir, makeWorkDir, moveIntoCache } from './cache.ts';
import { download } from './download.ts';
import { downloadModule, findGo } from './go.ts';
import { hashModule } from './module-hash.ts';
import { timed } from './run.ts';
import { gatewayApi } from './versions.ts';
import { readZip } from './zip.ts';

const defaultProxy = 'https://proxy.golang.org';

/** The addresses of GOPROXY (comma or bar between them) that can be asked without Go: not `direct`, not `off`. */
export function proxyUrls(goproxy: string | undefined): readonly string[] {
  const urls = (goproxy ?? '').split(/[,|]/).filter((part) => /^(https?|file):\/\//.test(part));
  return urls.length > 0 ? urls.map((url) => url.replace(/\/$/, '')) : [defaultProxy];
}

/** Puts the CRDs of Gateway API's standard channel into the cache, out of its Go module, whose hash is checked. */
export async function takeGatewayApi(): Promise<void> {
  await timed(`Gateway API ${gatewayApi.version}`, async () => {
    const entries = readZip(await readModuleZip());
    const sum = hashModule(entries);
    if (sum !== gatewayApi.sum) throw new Error(`${gatewayApi.module}: hash is ${sum}, not ${gatewayApi.sum}`);
    const folder = `${gatewayApi.module}@${gatewayApi.version}/config/crd/standard/`;
    const files = entries.filter(({ name }) => name.startsWith(folder) && name.endsWith('.yaml'));
    if (files.length === 0) throw new Error(`${gatewayApi.module}@${gatewayApi.version}: no CRDs in ${folder}`);
    await using work = await makeWorkDir();
    const target = join(work.path, 'standard');
    await mkdir(target);
    for (const { name, data } of files) await writeFile(join(target, basename(name)), data);
    await moveIntoCache(target, gatewayApiCacheDir());
  });
}

async function readModuleZip(): Promise<Buffer> {
  const { module, version } = gatewayApi;
  const go = await findGo();
  if (go.ok) return readFile(await downloadModule(go.env, module, version));
  const failures: string[] = [];
  for (const proxy of proxyUrls(process.env['GOPROXY'])) {
    try {
      return await download(`${proxy}/${module}/@v/${version}.zip`);
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  throw new Error(`cannot get ${module} ${version}: ${failures.join('; ')}`);
}
