import { join } from 'node:path';
import { cacheDir, isExecutable, makeWorkDir, moveIntoCache } from '../controlplane/cache.ts';
import { findGo } from '../controlplane/go.ts';
import { compilerMemory } from '../controlplane/go-build.ts';
import { run } from '../controlplane/run.ts';
import { kubernetesVersion } from '../controlplane/versions.ts';

/** Pinned by go.mod and go.sum below `modules/`. */
export const kindVersion = '0.33.0';

/** Programs by file name: in which module's folder they are built, and which package. */
const programs = {
  kind: ['modules/kind', 'sigs.k8s.io/kind'],
  kubeadm: ['modules/node', 'k8s.io/kubernetes/cmd/kubeadm'],
  kubelet: ['modules/node', 'k8s.io/kubernetes/cmd/kubelet'],
  'kube-proxy': ['modules/node', 'k8s.io/kubernetes/cmd/kube-proxy'],
  pause: ['modules/node', './pause'],
} as const;
export type GoProgram = keyof typeof programs;

const folder = (): string =>
  join(cacheDir(), 'kind', `kubernetes-${kubernetesVersion}-kind-${kindVersion}-${process.arch}`);

/** The path of a program, built from Go modules unless it is in the cache; throws with what to do. */
export async function provideGoProgram(name: GoProgram): Promise<string> {
  const path = join(folder(), name);
  if (isExecutable(path)) return path;
  const go = await findGo();
  if (!go.ok) throw new Error(`cannot build ${name}: ${go.why}`);
  await using work = await makeWorkDir();
  const built = join(work.path, name);
  const [module, target] = programs[name];
  const flags = ['-mod=readonly', '-buildvcs=false', '-trimpath', '-pgo=off', '-gcflags=all=-dwarf=false'];
  await run(['go', 'build', ...flags, '-ldflags', linkerFlags(), '-o', built, target], {
    cwd: join(import.meta.dirname, module),
    env: { ...compilerMemory(), ...go.env },
  });
  await moveIntoCache(built, path);
  return path;
}

/** Where Go has the sources of the module `kind`: its node image is made of files of it. */
export async function kindSources(): Promise<string> {
  const go = await findGo();
  if (!go.ok) throw new Error(`cannot find kind's sources: ${go.why}`);
  const text = await run(['go', 'mod', 'download', '-json', `sigs.k8s.io/kind@v${kindVersion}`], {
    cwd: '/',
    env: go.env,
  });
  const { Dir: dir }: { readonly Dir?: string } = JSON.parse(text);
  if (dir === undefined) throw new Error(`go mod download sigs.k8s.io/kind@v${kindVersion}: no folder in its answer`);
  return dir;
}

// The versions that kubeadm and kubelet compare with each other.
function linkerFlags(): string {
  const [major, minor] = kubernetesVersion.split('.');
  const values = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((name) => [
    `-X ${name}.gitVersion=v${kubernetesVersion}`,
    `-X ${name}.gitMajor=${major}`,
    `-X ${name}.gitMinor=${minor}`,
    `-X ${name}.gitTreeState=clean`,
  ]);
  return ['-s', '-w', ...values].join(' ');
}
