import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { unpackImage } from '../image-build/unpack.ts';
import { toolsDir } from './paths.ts';

/** Unpacks an image of hack/image and prepares what container.sh needs beside it; answers the folder that is the containers' root. */
export async function prepareImageRoot(file: string): Promise<string> {
  await copyTools();
  return await unpackImage(file);
}

/** setpriv with its loader (`loader`) and libraries, as they are on this machine. */
async function copyTools(): Promise<void> {
  const run = promisify(execFile);
  const setpriv = (await run('bash', ['-c', 'command -v setpriv'])).stdout.trim();
  const { stdout } = await run('ldd', [setpriv]);
  await mkdir(toolsDir, { recursive: true });
  await copyFile(setpriv, `${toolsDir}/setpriv`);
  for (const [, path = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) {
    const name = basename(path);
    await copyFile(path, `${toolsDir}/${name.startsWith('ld-') ? 'loader' : name}`);
  }
}
