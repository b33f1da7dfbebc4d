import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { resolvePackageFiles } from '../image-build/apt.ts';
import { writeImage } from '../image-build/build.ts';
import { readDeb } from '../image-build/deb.ts';
import { fileEntry, folderEntry, linkEntry, makeLayer } from '../image-build/layers.ts';
import { imageParts } from '../image-build/oci.ts';
import { type OwnedEntry, selectFiles, type Wanted } from '../image-build/select-files.ts';
import { type Architecture, architectures } from '../image-build/wanted.ts';

/** The image of a component as kubeadm names it, and the program that it runs. */
export interface ComponentImage {
  readonly name: string;
  readonly program: string;
  /** Whether it runs Debian's iptables and nft, too. */
  readonly needsTables?: boolean;
}

/** What kube-proxy runs; the extensions of iptables are opened by name. */
const tables: Wanted & { readonly packages: readonly string[] } = {
  packages: ['iptables', 'nftables', 'conntrack', 'kmod'],
  programs: ['/usr/sbin/xtables-nft-multi', '/usr/sbin/nft', '/usr/sbin/conntrack', '/bin/kmod'],
  files: ['/etc/protocols'],
  folders: [],
};
const tableLinks = [
  'iptables',
  'iptables-save',
  'iptables-restore',
  'ip6tables',
  'ip6tables-save',
  'ip6tables-restore',
];

/** Writes a component's image as an archive that `ctr images import` takes. */
export async function writeComponentImage(
  path: string,
  { name, program, needsTables = false }: ComponentImage,
  arch: Architecture,
): Promise<void> {
  const own = basename(program);
  const files: readonly OwnedEntry[] = [
    fileEntry(own, `usr/local/bin/${own}`, await readFile(program), 0o755),
    ...['bin', 'sbin', 'lib', 'lib64'].map((folder) => linkEntry(own, folder, `usr/${folder}`)),
    folderEntry(own, 'tmp', 0o1777),
    ...['dev', 'etc', 'proc', 'run', 'sys', 'usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'var'].map((each) =>
      folderEntry(own, each),
    ),
    ...(needsTables ? await tableFiles(arch) : []),
  ];
  const layer = await makeLayer({ title: own, files: unique(files), packages: [], seconds: 0 });
  const run = { user: '', entrypoint: [`/usr/local/bin/${own}`] };
  const { entries } = imageParts({ arch, name, version: '', revision: '', seconds: 0, run }, [layer]);
  await writeImage(path, entries, { layers: [layer], seconds: 0 });
}

async function tableFiles(arch: Architecture): Promise<readonly OwnedEntry[]> {
  const files = await resolvePackageFiles('bookworm', arch, [...tables.packages, 'netbase']);
  const packages = await Promise.all([...files].map(([name, file]) => readDeb(name, file)));
  const multi = architectures[arch].libraries;
  const folders = ['/lib', '/usr/lib'].map((folder) => `${folder}/${multi}`);
  const wanted = { ...tables, folders: [`/usr/lib/${multi}/xtables`] };
  return [
    ...selectFiles(packages, wanted, folders),
    ...tableLinks.map((link) => linkEntry('iptables', `usr/sbin/${link}`, 'xtables-nft-multi')),
    linkEntry('kmod', 'usr/sbin/modprobe', '../bin/kmod'),
  ];
}

// Of two of one path the later counts: a package may have the folder, too.
function unique(files: readonly OwnedEntry[]): readonly OwnedEntry[] {
  return [...new Map(files.map((file) => [file.entry.path, file])).values()];
}

/** Pure: which programs the images are for that `kubeadm config images list` names; without CoreDNS, which no test asks. */
export function componentImages(
  list: readonly string[],
  programOf: (name: string) => string,
): readonly ComponentImage[] {
  return list
    .filter((name) => !name.includes('/coredns'))
    .map((name) => {
      const program = basename(name.replace(/:.*$/, ''));
      return { name, program: programOf(program), ...(program === 'kube-proxy' ? { needsTables: true } : {}) };
    });
}

/** Where the archive of a component is, in a folder. */
export const archiveIn = (folder: string, { program }: ComponentImage): string =>
  join(folder, `${basename(program)}.tar`);
