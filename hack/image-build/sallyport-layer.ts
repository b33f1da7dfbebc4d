import { join } from 'node:path';
import { bundleName, bundleSallyport } from '../lib/bundle.ts';
import { copiedFile, fileEntry, folderEntry, type ImagePackage, type LayerContent, linkEntry } from './layers.ts';
import { type NpmPackage, packageFolders, readNpmPackages } from './npm-packages.ts';
import type { OwnedEntry } from './select-files.ts';

const root = join(import.meta.dirname, '..', '..');
const own = 'sallyport';

/** Sallyport's bundle, and what makes the other layers a file system. `seconds`: of the commit. */
export async function sallyportLayer(version: string, seconds: number): Promise<LayerContent> {
  const { files, inputs } = await bundleSallyport();
  const bundled = readNpmPackages(root, packageFolders(inputs));
  const [main, ...parts] = files;
  // Not by `env`, which is not in the image.
  const text = main?.text.replace(/^#!.*\n/, '#!/usr/bin/node\n') ?? '';
  if (!text.startsWith('#!/usr/bin/node\n')) throw new Error('src/cli/main.ts does not begin with #!');
  return {
    title: `Sallyport ${version}`,
    seconds,
    files: [
      ...skeleton(),
      fileEntry(own, `usr/lib/sallyport/${bundleName}`, text, 0o755),
      ...parts.map((part) => fileEntry(own, `usr/lib/sallyport/${part.path}`, part.text)),
      linkEntry(own, 'usr/bin/sallyport', `../lib/sallyport/${bundleName}`),
      copiedFile(own, 'usr/share/doc/sallyport/copyright', join(root, 'LICENSE')),
      ...bundled.flatMap(licences),
    ],
    packages: [
      { name: own, version, kind: 'sallyport', license: 'Apache-2.0' },
      ...bundled.map(
        ({ name, version, license }): ImagePackage => ({ name, version, license, kind: 'npm', containedIn: own }),
      ),
    ],
  };
}

function licences({ name, version, texts }: NpmPackage): readonly OwnedEntry[] {
  const folder = `usr/share/doc/sallyport/npm/${name.replace('/', '__')}@${version}`;
  return [...texts].map(([file, text]) => fileEntry(npmOwner({ name, version }), `${folder}/${file}`, text));
}

/** How files of an npm package name their owner: two versions of one may be there. */
export const npmOwner = ({ name, version }: Pick<NpmPackage, 'name' | 'version'>): string => `${name}@${version}`;

// What packages' scripts would make, and where a runtime mounts.
function skeleton(): readonly OwnedEntry[] {
  return [
    ...['bin', 'sbin', 'lib', 'lib64'].map((name) => linkEntry(own, name, `usr/${name}`)),
    ...['dev', 'proc', 'run', 'sys'].map((name) => folderEntry(own, name)),
    folderEntry(own, 'tmp', 0o1777),
    linkEntry(own, 'var/run', '/run'),
    fileEntry(own, 'etc/passwd', 'root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/:/sbin/nologin\n'),
    fileEntry(own, 'etc/group', 'root:x:0:\nnonroot:x:65532:\n'),
    fileEntry(own, 'etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\nprotocols: files\n'),
  ];
}
