import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const root = join(import.meta.dirname, '..', '..');

/** Bundles an entry file into one module that Node 24 runs by itself; answers what went into it. Throws where the sources do not bundle. */
export async function bundleSallyport(outfile: string, entry = join(root, 'src', 'cli', 'main.ts')): Promise<Metafile> {
  const { metafile } = await build({
    ...{ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node24', format: 'esm' },
    absWorkingDir: root,
    metafile: true,
    // What is CommonJS inside the bundle still asks for `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'silent',
    legalComments: 'none',
  });
  return metafile;
}
