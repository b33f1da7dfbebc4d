import { createHash } from 'node:crypto';
import type { ImagePackage, LayerContent } from './layers.ts';
import { type ImageFacts, timeOf } from './oci.ts';
import { npmOwner } from './sallyport-layer.ts';
import type { TarEntry } from './tar-read.ts';

interface Named {
  readonly id: string;
  readonly pack: ImagePackage;
}

/**
 * Pure: what is in an image as SPDX 2.3: the image, its packages (Debian's, Node, Sallyport, the npm packages in its bundle), and every file and
 * link with the package that it belongs to. Throws where a file belongs to none.
 */
export function renderSbom(facts: ImageFacts, digest: string, layers: readonly LayerContent[]): object {
  const packages = layers.flatMap((layer) => layer.packages).map((pack): Named => ({ id: packageId(pack), pack }));
  const byOwner = new Map(packages.map((named) => [ownerOf(named.pack), named]));
  const files = layers
    .flatMap((layer) => layer.files)
    .filter(({ entry }) => entry.kind !== 'directory')
    .toSorted((a, b) => (a.entry.path < b.entry.path ? -1 : 1))
    .map(({ owner, entry }, i) => {
      const named = byOwner.get(owner);
      if (named === undefined) throw new Error(`${entry.path} belongs to ${owner}, which is no package of the image`);
      return { id: `SPDXRef-File-${i + 1}`, entry, owner: named.id };
    });
  const image = 'SPDXRef-Image';
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `sallyport-${facts.version}-${facts.arch}`,
    documentNamespace: `https://sallyport.dev/spdx/${facts.arch}/${digest.replace(':', '-')}`,
    creationInfo: {
      created: timeOf(facts.seconds),
      creators: ['Tool: sallyport-hack-image', 'Organization: Sallyport'],
    },
    packages: [
      {
        SPDXID: image,
        name: facts.name,
        versionInfo: digest,
        downloadLocation: 'NOASSERTION',
        filesAnalyzed: false,
        primaryPackagePurpose: 'CONTAINER',
        checksums: [{ algorithm: 'SHA256', checksumValue: digest.replace('sha256:', '') }],
      },
      ...packages.map(({ id, pack }) =>
        packageRecord(id, pack, {
          arch: facts.arch,
          entries: files.filter(({ owner }) => owner === id).map(({ entry }) => entry),
        }),
      ),
    ],
    files: files.map(({ id, entry }) => ({
      SPDXID: id,
      fileName: `./${entry.path}`,
      checksums: [checksum('SHA1', entry), checksum('SHA256', entry)],
      licenseConcluded: 'NOASSERTION',
      copyrightText: 'NOASSERTION',
      ...(entry.kind === 'symlink' ? { comment: `a link to ${entry.target}; the checksums are of that text` } : {}),
    })),
    relationships: [
      relation('SPDXRef-DOCUMENT', 'DESCRIBES', image),
      ...packages.map(({ id, pack }) => {
        const holder = pack.containedIn === undefined ? image : (byOwner.get(pack.containedIn)?.id ?? image);
        return relation(holder, 'CONTAINS', id);
      }),
      ...files.map(({ id, owner }) => relation(owner, 'CONTAINS', id)),
    ],
  };
}

function ownerOf(pack: ImagePackage): string {
  return pack.kind === 'npm' ? npmOwner(pack) : pack.name;
}

function packageId({ kind, name, version }: ImagePackage): string {
  const tail = kind === 'npm' ? `${name}-${version}` : name;
  return `SPDXRef-Package-${kind}-${tail.replace(/[^A-Za-z0-9.-]/g, '-')}`;
}

function packageRecord(
  id: string,
  pack: ImagePackage,
  { arch, entries }: { readonly arch: string; readonly entries: readonly TarEntry[] },
): object {
  return {
    SPDXID: id,
    name: pack.name,
    versionInfo: pack.version,
    downloadLocation: 'NOASSERTION',
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: pack.license,
    copyrightText: 'NOASSERTION',
    ...(entries.length === 0
      ? { filesAnalyzed: false }
      : { filesAnalyzed: true, packageVerificationCode: { packageVerificationCodeValue: verificationCode(entries) } }),
    ...(pack.source === undefined ? {} : { sourceInfo: `built from the Debian source package ${pack.source}` }),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl(pack, arch) }],
  };
}

/** Package URL (purl-spec). */
export function purl({ kind, name, version }: ImagePackage, arch: string): string {
  const at = encodeURIComponent(version);
  switch (kind) {
    case 'debian':
      return `pkg:deb/debian/${encodeURIComponent(name)}@${at}?arch=${arch}&distro=debian-12`;
    case 'npm':
      return `pkg:npm/${name.replace('@', '%40')}@${at}`;
    case 'node':
      return `pkg:generic/node@${at}`;
    case 'sallyport':
      return `pkg:generic/sallyport@${at}`;
  }
}

// SPDX 2.3, 7.9: over the sorted SHA-1 digests of the package's files.
function verificationCode(entries: readonly TarEntry[]): string {
  const digests = entries.map((entry) => checksum('SHA1', entry).checksumValue).sort();
  return createHash('sha1').update(digests.join('')).digest('hex');
}

function checksum(algorithm: 'SHA1' | 'SHA256', { data, target }: TarEntry) {
  const checksumValue = createHash(algorithm.toLowerCase())
    .update(target ?? data)
    .digest('hex');
  return { algorithm, checksumValue };
}

const relation = (spdxElementId: string, relationshipType: string, relatedSpdxElement: string) => ({
  spdxElementId,
  relationshipType,
  relatedSpdxElement,
});
