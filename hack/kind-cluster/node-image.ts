import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeWorkDir } from '../controlplane/cache.ts';
import { resolveControlPlane } from '../controlplane/resolve.ts';
import { kubernetesVersion } from '../controlplane/versions.ts';
import type { Architecture } from '../image-build/wanted.ts';
import { archiveIn, componentImages, writeComponentImage } from './component-images.ts';
import { kindSources, provideGoProgram } from './go-programs.ts';
import { makeNodeRoot, preloadImages } from './node-root.ts';
import type { Place } from './place.ts';
import { tool } from './tools.ts';

export interface NodeImageContext {
  readonly place: Place;
  readonly arch: Architecture;
  /** Runs and times a step. */
  readonly step: <T>(name: string, work: () => Promise<T>) => Promise<T>;
}

/**
 * An image for nodes with everything that kubeadm wants, from Debian packages and Go modules; answers its name. Docker keeps it: the same sources are
 * not built again. Needs root, for debootstrap.
 */
export async function provideNodeImage({ place, arch, step }: NodeImageContext): Promise<string> {
  const name = `sallyport-kind-node:v${kubernetesVersion}-${digestOfSources()}`;
  if ((await place.tryRun(['docker', 'image', 'inspect', name])).status === 0) return name;
  if (process.getuid?.() !== 0) throw new Error('--build-node-image needs root (debootstrap)');
  const { dir } = await step('control plane from Go modules', () => resolveControlPlane());
  const built = await step('kubeadm, kubelet, kube-proxy from Go modules', async () => ({
    kubeadm: await provideGoProgram('kubeadm'),
    kubelet: await provideGoProgram('kubelet'),
    'kube-proxy': await provideGoProgram('kube-proxy'),
    pause: await provideGoProgram('pause'),
  }));
  const programs: Readonly<Record<string, string>> = built;
  const list = await tool([built.kubeadm, 'config', 'images', 'list', `--kubernetes-version=v${kubernetesVersion}`]);
  const components = componentImages(list.trim().split('\n'), (program) => programs[program] ?? join(dir, program));
  const pauseImage = components.find(({ program }) => program === built.pause)?.name ?? '';
  await using work = await makeWorkDir();
  const root = join(work.path, 'root');
  const archives = join(work.path, 'archives');
  await mkdir(archives);
  await step('images of the components', async () => {
    for (const component of components) await writeComponentImage(archiveIn(archives, component), component, arch);
  });
  await step('root file system of the nodes (debootstrap)', async () =>
    makeNodeRoot({
      ...{ root, kindSources: await kindSources(), pauseImage },
      programs: { kubeadm: built.kubeadm, kubelet: built.kubelet, kubectl: join(dir, 'kubectl') },
    }),
  );
  await step('images into its containerd', () =>
    preloadImages(
      root,
      components.map((component) => archiveIn(archives, component)),
    ),
  );
  await step('docker build', () => buildImage(place, { name, root, context: join(work.path, 'context') }));
  return name;
}

async function buildImage(
  place: Place,
  { name, root, context }: { readonly name: string; readonly root: string; readonly context: string },
): Promise<void> {
  await mkdir(context);
  await writeFile(
    join(context, 'Dockerfile'),
    [
      ...['FROM scratch', 'ADD root.tar /', 'ENV container=docker', 'STOPSIGNAL SIGRTMIN+3'],
      'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]\n',
    ].join('\n'),
  );
  await tool(['tar', '--create', '--numeric-owner', '--file', join(context, 'root.tar'), '--directory', root, '.']);
  // The builder that every daemon has.
  await place.run(['docker', 'build', '--quiet', '--tag', name, context], { env: { DOCKER_BUILDKIT: '0' } });
}

/** Of all that decides what is in the image, but the distribution's packages. */
function digestOfSources(): string {
  const hash = createHash('sha256');
  const files = ['node-root.ts', 'component-images.ts', 'go-programs.ts', ...goFiles('node'), ...goFiles('kind')];
  for (const file of files) hash.update(readFileSync(join(import.meta.dirname, file)));
  return hash.digest('hex').slice(0, 12);
}

function goFiles(module: string): readonly string[] {
  const folder = join('modules', module);
  const names = readdirSync(join(import.meta.dirname, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /\.(go|mod|sum)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}
