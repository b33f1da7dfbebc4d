import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fileEntry, type LayerContent, linkEntry } from '../../../../hack/image-build/layers.ts';
import type { ImageFacts } from '../../../../hack/image-build/oci.ts';
import { purl, renderSbom } from '../../../../hack/image-build/sbom.ts';

const facts: ImageFacts = {
  ...{
    arch: 'amd64',
    name: 'docker.io/library/sallyport:0.1.0',
    version: '0.1.0',
    revision: 'abc',
    seconds: 1_700_000_000,
  },
};
const content: LayerContent = {
  title: 'all',
  seconds: 0,
  files: [
    fileEntry('libone1', 'usr/lib/libone.so.1.2', 'one'),
    linkEntry('libone1', 'usr/lib/libone.so.1', 'libone.so.1.2'),
    fileEntry('sallyport', 'usr/lib/sallyport/sallyport.mjs', 'two'),
    fileEntry('@a/b@1.0.0', 'usr/share/doc/sallyport/npm/LICENSE', 'three'),
  ],
  packages: [
    { name: 'libone1', version: '1:1.2-3+b1', kind: 'debian', license: 'NOASSERTION', source: 'one 1:1.2-3' },
    { name: 'sallyport', version: '0.1.0', kind: 'sallyport', license: 'Apache-2.0' },
    { name: '@a/b', version: '1.0.0', kind: 'npm', license: 'MIT', containedIn: 'sallyport' },
  ],
};

interface Sbom {
  readonly packages: readonly {
    readonly SPDXID: string;
    readonly name: string;
    readonly packageVerificationCode?: { readonly packageVerificationCodeValue: string };
  }[];
  readonly files: readonly { readonly SPDXID: string; readonly fileName: string }[];
  readonly relationships: readonly { readonly spdxElementId: string; readonly relatedSpdxElement: string }[];
}
const sbom = renderSbom(facts, `sha256:${'a'.repeat(64)}`, [content]) as Sbom;
const idOf = (name: string) => sbom.packages.find((pack) => pack.name === name)?.SPDXID ?? '';
const inside = (holder: string) =>
  sbom.relationships.filter((each) => each.spdxElementId === holder).map((each) => each.relatedSpdxElement);

describe('renderSbom', () => {
  it('says which package every file and link belongs to', () => {
    const ids = new Map(sbom.files.map(({ SPDXID, fileName }) => [fileName, SPDXID]));
    expect([...ids.keys()].sort()).toEqual(content.files.map(({ entry }) => `./${entry.path}`).sort());
    expect(inside(idOf('libone1')).sort()).toEqual(
      [ids.get('./usr/lib/libone.so.1'), ids.get('./usr/lib/libone.so.1.2')].sort(),
    );
  });

  it('puts npm packages into the bundle and the others into the image', () => {
    expect(inside(idOf('sallyport'))).toContain(idOf('@a/b'));
    expect(inside(idOf(facts.name))).toEqual([idOf('libone1'), idOf('sallyport')]);
  });

  it('verifies a package by the digests of its files (SPDX 2.3, 7.9)', () => {
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
    const own = [sha1('one'), sha1('libone.so.1.2')].sort().join('');
    const code = sbom.packages.find(({ name }) => name === 'libone1')?.packageVerificationCode;
    expect(code?.packageVerificationCodeValue).toBe(sha1(own));
  });

  it("refuses a file that is nobody's", () => {
    const stray = { ...content, files: [...content.files, fileEntry('who', 'etc/stray', '')] };
    expect(() => renderSbom(facts, 'sha256:a', [stray])).toThrow('etc/stray belongs to who');
  });
});

describe('purl', () => {
  it.each([
    [content.packages[0], 'pkg:deb/debian/libone1@1%3A1.2-3%2Bb1?arch=amd64&distro=debian-12'],
    [content.packages[2], 'pkg:npm/%40a/b@1.0.0'],
  ])('names %o', (pack, name) => {
    expect(pack === undefined ? '' : purl(pack, 'amd64')).toBe(name);
  });
});
