import { run } from './run.ts';

export type GoChoice =
  | { readonly ok: true; readonly version: string; readonly env: NodeJS.ProcessEnv }
  | { readonly ok: false; readonly why: string };

/** The minor version of the text that `go version` prints; undefined when it is something else. */
export function parseGoMinor(text: string): number | undefined {
  const match = /\bgo1\.(\d+)/.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/**
 * The machine's Go, and the environment that builds this folder's module with it: 1.25 or newer builds by itself, 1.21 or newer
 * fetches a toolchain that does (GOTOOLCHAIN), anything older cannot.
 */
export async function findGo(): Promise<GoChoice> {
  const env = { ...process.env, GOFLAGS: '', GOWORK: 'off', CGO_ENABLED: '0' };
  let version: string;
  try {
    // Outside the module: an older Go would already start fetching a toolchain.
    version = (await run(['go', 'version'], { cwd: '/', env: { ...env, GOTOOLCHAIN: 'local' } })).trim();
  } catch {
    return { ok: false, why: 'there is no Go' };
  }
  const minor = parseGoMinor(version);
  if (minor === undefined || minor < 21) {
    const hint = 'on Debian 12: apt-get install -t bookworm-backports golang-go';
    return { ok: false, why: `${version} is too old: 1.25 builds, 1.21 fetches what builds (${hint})` };
  }
  return { ok: true, version, env: minor >= 25 ? env : { ...env, GOTOOLCHAIN: 'auto' } };
}

/** Where Go keeps the zip file of a module, downloaded when it is not there. */
export async function downloadModule(env: NodeJS.ProcessEnv, module: string, version: string): Promise<string> {
  const text = await run(['go', 'mod', 'download', '-json', `${module}@${version}`], { cwd: '/', env });
  const { Zip: zip }: { Zip?: string } = JSON.parse(text);
  if (zip === undefined) throw new Error(`go mod download ${module}@${version}: no zip file in its answer`);
  return zip;
}

/** The folder with go.mod and go.sum. */
export const goModuleDir = import.meta.dirname;
