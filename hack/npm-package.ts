import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packageFolders, readNpmPackages } from './image-build/npm-packages.ts';
import { bundleSallyport } from './lib/bundle.ts';
import { npmPackageFiles } from './npm/package-files.ts';

// What hack/npm-package does.

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

async function makePackage(folder: string): Promise<void> {
  const { files: bundle, inputs } = await bundleSallyport();
  const files = npmPackageFiles({
    root: JSON.parse(read('package.json')),
    bundle,
    bundled: readNpmPackages(root, packageFolders(inputs)),
    license: read('LICENSE'),
    readme: read('hack/npm/package-readme.md'),
  });
  openFolder(
    folder,
    files.map(({ path }) => path.split('/')[0] ?? ''),
  );
  rmSync(join(folder, 'parts'), { recursive: true, force: true });
  for (const { path, text, mode } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode });
  }
}

// Whoever mistypes --output must not lose what is there, nor publish it.
function openFolder(folder: string, paths: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  const foreign = readdirSync(folder).filter((name) => !paths.includes(name));
  if (foreign.length > 0)
    throw new Error(`${folder} has ${foreign[0]}, which is not of the package: name an empty folder with --output`);
}

try {
  const { values } = parseArgs({ options: { output: { type: 'string', default: join(root, 'dist', 'npm') } } });
  const folder = resolve(values.output);
  await makePackage(folder);
  process.stdout.write(`${folder}\n`);
} catch (error) {
  process.stderr.write(`npm-package: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
