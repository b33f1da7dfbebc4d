import { chmod, copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { kubernetesVersion } from '../controlplane/versions.ts';
import { mayHave } from './own-docker.ts';
import { tool } from './tools.ts';

/** What a node is made of: kind's base image has the like (images/base of kind). */
const packages = [
  ...[
    'ca-certificates',
    'conntrack',
    'containerd',
    'containernetworking-plugins',
    'curl',
    'dbus',
    'e2fsprogs',
    'ebtables',
  ],
  ...[
    'ethtool',
    'iproute2',
    'iptables',
    'iputils-ping',
    'jq',
    'kmod',
    'libseccomp2',
    'mount',
    'nftables',
    'pigz',
    'procps',
  ],
  ...['runc', 'socat', 'systemd', 'tcpdump', 'util-linux'],
];

/** Debian 12, also where another is the machine's: its systemd (252) boots with cgroup v1, too, those since 256 refuse. */
const suite = 'bookworm';

export interface NodeRootWish {
  /** Absent or empty. */
  readonly root: string;
  /** kind's sources. */
  readonly kindSources: string;
  readonly programs: Readonly<Record<'kubeadm' | 'kubelet' | 'kubectl', string>>;
  /** The name of the sandbox's image. */
  readonly pauseImage: string;
}

/** Makes the root file system of a node, as root, by debootstrap and with kind's own files. */
export async function makeNodeRoot(wish: NodeRootWish): Promise<void> {
  const { root, kindSources, programs } = wish;
  const mirror = process.env['SALLYPORT_DEBIAN_MIRROR'] || 'http://deb.debian.org/debian';
  await tool(['debootstrap', '--variant=minbase', `--include=${packages.join(',')}`, suite, root, mirror]);
  await copyKindFiles(root, kindSources);
  for (const [name, path] of Object.entries(programs)) await cp(path, join(root, 'usr', 'bin', name));
  await tool(['chmod', '755', ...Object.keys(programs).map((name) => join(root, 'usr', 'bin', name))]);
  await writeFile(join(root, 'kind', 'version'), `v${kubernetesVersion}`);
  await tool(['bash', '-euc', configureScript, 'configure', root]);
  await configureContainerd(wish);
  await writeManifests(root);
}

// They come from a module's archive, which knows no permissions: programs are in folders called bin.
async function copyKindFiles(root: string, sources: string): Promise<void> {
  const files = join(sources, 'images', 'base', 'files');
  for (const entry of await readdir(files, { recursive: true, withFileTypes: true })) {
    const target = join(root, relative(files, join(entry.parentPath, entry.name)));
    if (entry.isDirectory()) await mkdir(target, { recursive: true });
    else {
      await copyFile(join(entry.parentPath, entry.name), target);
      await chmod(target, basename(entry.parentPath) === 'bin' ? 0o755 : 0o644);
    }
  }
}

// systemd with nothing but what a node runs; the links are where kind's units look.
const configureScript = `
root=$1
find "$root"/lib/systemd/system/sysinit.target.wants -name systemd-tmpfiles-setup.service -delete
rm -f "$root"/lib/systemd/system/{multi-user,local-fs,basic}.target.wants/* "$root"/etc/systemd/system/*.wants/* \\
  "$root"/lib/systemd/system/sockets.target.wants/*{udev,initctl}*
echo ReadKMsg=no >> "$root/etc/systemd/journald.conf"
ln -sf /usr/lib/systemd/systemd "$root/sbin/init"
for program in containerd ctr; do ln -sf "/usr/bin/$program" "$root/usr/local/bin/$program"; done
chroot "$root" systemctl --quiet enable kubelet.service containerd.service undo-mount-hacks.service
chroot "$root" systemctl --quiet mask systemd-binfmt.service
mkdir -p "$root"/etc/kubernetes/manifests "$root"/opt/cni/bin "$root"/kind/manifests
cp "$root"/usr/lib/cni/* "$root"/opt/cni/bin/
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,info,locale}/* "$root"/var/log/*.log
mkdir -p "$root/var/lib/apt/lists/partial"
`;

async function configureContainerd({ root, pauseImage }: NodeRootWish): Promise<void> {
  const path = join(root, 'etc', 'containerd', 'config.toml');
  const text = (await readFile(path, 'utf8'))
    .replace(/sandbox_image = .*/, `sandbox_image = "${pauseImage}"`)
    // Whoever may not have CAP_SYS_RESOURCE cannot lower oom_score_adj.
    .replace(/restrict_oom_score_adj = false/, `restrict_oom_score_adj = ${!mayHave(24)}`);
  await writeFile(path, text);
  const spec = JSON.parse(await tool(['chroot', root, 'ctr', 'oci', 'spec']));
  delete spec.process.rlimits;
  spec.hooks = {
    ...spec.hooks,
    createContainer: [...(spec.hooks?.createContainer ?? []), { path: '/kind/bin/mount-product-files.sh' }],
  };
  await writeFile(join(root, 'etc', 'containerd', 'cri-base.json'), JSON.stringify(spec));
}

// kind creates what is in there, which must be something. The network is made afterwards (plain-network.ts).
async function writeManifests(root: string): Promise<void> {
  const storage = {
    ...{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'standard' } },
    ...{ provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' },
  };
  await writeFile(join(root, 'kind', 'manifests', 'default-storage.yaml'), `${JSON.stringify(storage)}\n`);
}

/** Puts images into the store of the node's containerd, without unpacking them: each node does that when it runs them. */
export async function preloadImages(root: string, archives: readonly string[]): Promise<void> {
  const images = join(root, 'images');
  await tool(['mkdir', '-p', images]);
  for (const archive of archives) await tool(['cp', archive, images]);
  await tool(['unshare', '--mount', '--pid', '--fork', '--kill-child', 'bash', '-euc', importScript, 'import', root]);
  await rm(images, { recursive: true });
}

const importScript = `
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
exec chroot "$1" bash -euc '
  containerd --log-level error &
  until ctr version > /dev/null 2>&1; do sleep 0.2; done
  for archive in /images/*.tar; do ctr --namespace k8s.io images import --all-platforms --no-unpack "$archive"; done
  kill %1 && wait %1 || true'
`;
