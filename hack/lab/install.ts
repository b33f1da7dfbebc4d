import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IpFamilies } from './families.ts';
import type { KubeObject } from './kube-api.ts';
import { adminConfig, binDir, runDir } from './paths.ts';
import { tryTool } from './tools.ts';

const root = join(import.meta.dirname, '..', '..');

export type Applied = Pick<KubeObject, 'apiVersion' | 'kind' | 'metadata'>;

/** Applies Gateway API's CRDs from their folder. */
export async function installGatewayApi(crds: string): Promise<void> {
  await kubectl(['apply', '--server-side', '-f', crds]);
}

/** Applies a kustomization as a user does: `config/install`, or another one. */
export async function installSallyport(path = join(root, 'config', 'install')): Promise<readonly Applied[]> {
  return applyManifests(path);
}

/** Applies the class and the pool that every lab with Sallyport has, the pool with the addresses of its families. */
export async function applySamples(families: IpFamilies): Promise<readonly Applied[]> {
  const samples = join(root, 'config', 'samples', 'lab', 'class.yaml');
  if (families === 'dual') return applyManifests(samples);
  const isOurs = (address: string) => address.includes(':') === (families === 'ipv6');
  const text = readFileSync(samples, 'utf8').replace(
    /addresses: \[(.*)\]/,
    (_, list: string) => `addresses: [${list.split(', ').filter(isOurs).join(', ')}]`,
  );
  const path = `${runDir}/samples.yaml`;
  writeFileSync(path, text);
  return applyManifests(path);
}

/** Applies a file, a folder (with its sub-folders) or a kustomization; answers what was applied. */
export async function applyManifests(path: string): Promise<readonly Applied[]> {
  const isKustomization = statSync(path).isDirectory() && existsSync(join(path, 'kustomization.yaml'));
  const source = isKustomization ? ['-k', path] : ['-R', '-f', path];
  return readApplied(await kubectl(['apply', '--server-side', '-o', 'json', ...source]));
}

function readApplied(text: string): readonly Applied[] {
  const answer: Applied & { readonly items?: readonly Applied[] } = JSON.parse(text);
  return answer.items ?? [answer];
}

/**
 * kubectl as a user runs it. Where a kind or a namespace of the same call was not known yet, it is called again: CRDs take a
 * moment until they are served. Throws with kubectl's own message.
 */
async function kubectl(args: readonly string[]): Promise<string> {
  const end = performance.now() + 20_000;
  for (;;) {
    const { status, stdout, stderr } = await tryTool([`${binDir}/kubectl`, `--kubeconfig=${adminConfig}`, ...args]);
    if (status === 0) return stdout;
    if (performance.now() > end || !/no matches for kind|not found|ensure CRDs/i.test(stderr))
      throw new Error(`kubectl ${args.join(' ')}: ${stderr.trim()}`);
  }
}
