import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeBundle } from '../lib/bundle.ts';
import { binDir, bundleDir, taggedBundleDir } from './paths.ts';

/**
 * Puts `kubectl`, `lab` and `sallyport` on the lab's PATH. Sallyport is bundled as its image has it; a checkout whose sources do
 * not bundle is an error only where Sallyport is `required`. SALLYPORT_LAB_ENTRY names another entry file: how the lab's own
 * tests run stand-ins.
 */
export async function installPrograms(controlPlane: string, required: boolean): Promise<void> {
  await mkdir(binDir, { recursive: true });
  await symlink(join(controlPlane, 'kubectl'), `${binDir}/kubectl`);
  await writeProgram('lab', `exec bash ${quote(join(import.meta.dirname, 'lab.sh'))} "$@"`);
  try {
    const file = await writeBundle(bundleDir, process.env['SALLYPORT_LAB_ENTRY']);
    await writeProgram('sallyport', `exec ${quote(process.execPath)} ${file} "$@"`);
  } catch (error) {
    if (required) throw error;
    await writeProgram('sallyport', 'echo "sallyport: its sources did not bundle when this lab started" >&2; exit 127');
  }
}

/** Puts bundles of other versions where containers of images with their tags get them. */
export async function installBundles(bundles: Readonly<Record<string, string>>): Promise<void> {
  for (const [tag, file] of Object.entries(bundles)) await cp(dirname(file), taggedBundleDir(tag), { recursive: true });
}

async function writeProgram(name: string, text: string): Promise<void> {
  await writeFile(`${binDir}/${name}`, `#!/bin/sh\n${text}\n`);
  await chmod(`${binDir}/${name}`, 0o755);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
