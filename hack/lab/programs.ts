import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { binDir, bundleDir, sallyportBundle } from './paths.ts';

const root = join(import.meta.dirname, '..', '..');

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
    await bundleSallyport(process.env['SALLYPORT_LAB_ENTRY'] ?? join(root, 'src', 'cli', 'main.ts'));
    await writeProgram('sallyport', `exec ${quote(process.execPath)} ${bundleDir}/sallyport.mjs "$@"`);
  } catch (error) {
    if (required) throw error;
    await writeProgram('sallyport', 'echo "sallyport: its sources did not bundle when this lab started" >&2; exit 127');
  }
}

async function bundleSallyport(entry: string): Promise<void> {
  await build({
    ...{
      entryPoints: [entry],
      outfile: sallyportBundle,
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
    },
    // What is CommonJS inside the bundle still asks for `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'silent',
    legalComments: 'none',
  });
}

async function writeProgram(name: string, text: string): Promise<void> {
  await writeFile(`${binDir}/${name}`, `#!/bin/sh\n${text}\n`);
  await chmod(`${binDir}/${name}`, 0o755);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
