import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/** The file of a bundle that is started. */
export const bundleName = 'sallyport.mjs';

export interface Bundle {
  /** Files of the folder, `bundleName` first. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** What went into it, as esbuild names it. */
  readonly inputs: readonly string[];
}

/**
 * Bundles an entry file and all that it imports, each command's part as files of its own, so that Node 24 loads what it runs. Throws where
 * the sources do not bundle. Without comments, and in ASCII: Node keeps texts in memory, those with a single other character in two bytes each.
 */
export async function bundleSallyport(entry = join(root, 'src', 'cli', 'main.ts')): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    ...{ entryPoints: [{ in: entry, out: 'sallyport' }], outdir: root, outExtension: { '.js': '.mjs' } },
    ...{ bundle: true, splitting: true, chunkNames: 'parts/[name]-[hash]' },
    ...{ platform: 'node', target: 'node24', format: 'esm', absWorkingDir: root, metafile: true, write: false },
    // Names stay, for whoever reads a stack.
    ...{ minifyWhitespace: true, lineLimit: 160 },
    // What is CommonJS inside the bundle still asks for `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'silent',
    legalComments: 'none',
  });
  const files = outputFiles.map(({ path, text }) => ({ path: relative(root, path), text: toAscii(text) }));
  return {
    files: files.sort((a, b) => Number(b.path === bundleName) - Number(a.path === bundleName)),
    inputs: Object.keys(metafile.inputs),
  };
}

/** Bundles into a folder; answers the file to be started. */
export async function writeBundle(folder: string, entry?: string): Promise<string> {
  const { files } = await bundleSallyport(entry);
  for (const { path, text } of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await chmod(join(folder, bundleName), 0o755);
  return join(folder, bundleName);
}

// esbuild has escaped all but what is in regular expressions, where this means the same.
const toAscii = (text: string): string =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
