import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Layer } from '../../../../hack/image-build/layers.ts';
import { type ImageFacts, imageParts } from '../../../../hack/image-build/oci.ts';

const facts: ImageFacts = {
  ...{
    arch: 'amd64',
    name: 'docker.io/library/sallyport:0.1.0',
    version: '0.1.0',
    revision: 'abc',
    seconds: 1_700_000_000,
  },
};
const layer = (title: string, digit: string): Layer => ({
  ...{ title, diffId: digit.repeat(64), digest: `${digit.repeat(63)}f`, size: 7, file: '/nowhere', uncompressed: 9 },
});
const layers = [layer('one', '1'), layer('two', '2')];

const { digest, entries } = imageParts(facts, layers);
const at = (path: string) => entries.find((entry) => entry.path === path)?.data ?? Buffer.alloc(0);
const json = (path: string) => JSON.parse(at(path).toString('utf8'));
const blob = (name: string) => `blobs/sha256/${name.replace('sha256:', '')}`;

describe('imageParts', () => {
  it('makes an OCI layout whose digests are right', () => {
    const [descriptor] = json('index.json').manifests;
    expect(descriptor.digest).toBe(digest);
    const manifest = json(blob(digest));
    for (const { digest: named, size } of [descriptor, manifest.config]) {
      expect(
        `sha256:${createHash('sha256')
          .update(at(blob(named)))
          .digest('hex')}`,
      ).toBe(named);
      expect(at(blob(named)).length).toBe(size);
    }
    expect(manifest.layers.map((each: { digest: string }) => each.digest)).toEqual(
      layers.map((each) => `sha256:${each.digest}`),
    );
    expect(json('oci-layout')).toEqual({ imageLayoutVersion: '1.0.0' });
  });

  it('tells of the layers uncompressed, of the commit, and of a user who is not root', () => {
    const config = json(blob(json(blob(digest)).config.digest));
    expect(config.rootfs.diff_ids).toEqual(layers.map((each) => `sha256:${each.diffId}`));
    expect(config.config.User).toBe('65532:65532');
    expect(config.created).toBe('2023-11-14T22:13:20Z');
    expect(config.config.Labels['org.opencontainers.image.revision']).toBe('abc');
  });

  it('is what docker load reads, too', () => {
    expect(json('manifest.json')).toEqual([
      {
        Config: blob(json(blob(digest)).config.digest),
        RepoTags: ['sallyport:0.1.0'],
        Layers: layers.map((each) => blob(each.digest)),
      },
    ]);
  });

  it('is another image when anything in it is', () => {
    expect(imageParts({ ...facts, seconds: 1 }, layers).digest).not.toBe(digest);
    expect(imageParts(facts, layers.slice(1)).digest).not.toBe(digest);
  });
});
