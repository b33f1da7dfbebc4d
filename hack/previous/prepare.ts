import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { version as ownVersion } from '../../src/cli/version.ts';
import { cacheDir, makeWorkDir, moveIntoCache } from '../controlplane/cache.ts';
import { bundleName, writeBundle } from '../lib/bundle.ts';
import { overlayYaml, stampVersion } from './files.ts';

/** Another version of Sallyport, ready to run in a lab; or why there is none on this machine. */
export type OtherVersion =
  | {
      readonly kind: 'ready';
      /** What `sallyport version` of it says. */
      readonly version: string;
      /** Its sources, as committed; imports work. */
      readonly dir: string;
      readonly bundle: string;
      /** A kustomization: its `config/install` with the tag `previous`. */
      readonly install: string;
    }
  | { readonly kind: 'absent'; readonly why: string };

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

/** Takes the commit (default: that of the file `ref`) out of the history and bundles it; throws where that commit cannot be bundled. */
export async function preparePrevious(ref?: string): Promise<OtherVersion> {
  const wanted = ref ?? (await readFile(join(import.meta.dirname, 'ref'), 'utf8')).trim();
  const found = await findCommit(wanted);
  if (found.kind === 'absent') return found;
  const { commit } = found;
  const packages = await realpath(join(root, 'node_modules'));
  const key = createHash('sha256').update(`${packages}\n${ownVersion}\n2`).digest('hex').slice(0, 8);
  const dir = join(cacheDir(), 'previous', `${commit.slice(0, 12)}-${key}`);
  if (!existsSync(dir)) await makeTree({ commit, packages, dir });
  const version = (await readFile(join(dir, versionFile), 'utf8')).trim();
  return { kind: 'ready', version, dir, bundle: join(dir, bundle, bundleName), install: join(dir, overlay) };
}

const versionFile = 'previous/version';
const bundle = 'previous/bundle';
const overlay = 'previous/install';

async function findCommit(ref: string): Promise<{ kind: 'found'; commit: string } | { kind: 'absent'; why: string }> {
  try {
    const { stdout } = await run('git', ['-C', root, 'rev-parse', '--verify', `${ref}^{commit}`]);
    return { kind: 'found', commit: stdout.trim() };
  } catch (error) {
    const { stderr = '', message } = error as { readonly stderr?: string; readonly message: string };
    const detail = (stderr || message).trim().split('\n')[0];
    return { kind: 'absent', why: `the git history does not have ${ref} (git fetch --unshallow gets it): ${detail}` };
  }
}

interface Tree {
  readonly commit: string;
  readonly packages: string;
  readonly dir: string;
}

async function makeTree({ commit, packages, dir }: Tree): Promise<void> {
  await using work = await makeWorkDir();
  const tree = join(work.path, 'tree');
  const archive = join(work.path, 'tree.tar');
  await mkdir(join(tree, overlay), { recursive: true });
  await run('git', ['-C', root, 'archive', '--output', archive, commit]);
  await run('tar', ['-x', '-f', archive, '-C', tree]);
  await linkPackages(packages, tree);
  const source = join(tree, 'src/cli/version.ts');
  const { text, version } = stampVersion(await readFile(source, 'utf8'), ownVersion, commit);
  await writeFile(source, text);
  await writeFile(join(tree, versionFile), `${version}\n`);
  await writeFile(join(tree, overlay, 'kustomization.yaml'), overlayYaml);
  await writeBundle(join(tree, bundle), join(tree, 'src/cli/main.ts'));
  await moveIntoCache(tree, dir);
}

/** Its node_modules: links to what is installed for this checkout, but to its own workspaces. */
async function linkPackages(packages: string, tree: string): Promise<void> {
  const folder = join(tree, 'node_modules');
  await mkdir(folder);
  const { workspaces } = JSON.parse(await readFile(join(tree, 'package.json'), 'utf8')) as { workspaces: string[] };
  const own = new Map(workspaces.map((path) => [path.replace(/^.*\//, ''), join('..', path)]));
  for (const name of await readdir(packages)) {
    if (!name.startsWith('.') && !own.has(name)) await symlink(join(packages, name), join(folder, name));
  }
  for (const [name, path] of own) await symlink(path, join(folder, name));
}
