import { createHash } from 'node:crypto';
import type { Layer } from './layers.ts';
import type { TarEntry } from './tar-read.ts';
import type { Architecture } from './wanted.ts';

/** What an image says of itself. */
export interface ImageFacts {
  readonly arch: Architecture;
  /** With its tag, as `kubectl` knows it: `docker.io/library/sallyport:0.1.0`. */
  readonly name: string;
  readonly version: string;
  /** The commit it was built from. */
  readonly revision: string;
  /** Time of the commit, seconds since 1970. */
  readonly seconds: number;
  /** What its configuration says of whoever runs it; default: Sallyport's. */
  readonly run?: { readonly user: string; readonly entrypoint: readonly string[] };
}

/** The small parts of an image: all but the layers. */
export interface ImageParts {
  /** `sha256:…` of the manifest: what `NAME@DIGEST` names. */
  readonly digest: string;
  readonly entries: readonly TarEntry[];
}

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

/**
 * Pure: an image as an OCI image layout 1.1, with the `manifest.json` beside it that `docker load` reads: `kind load image-archive`,
 * `ctr images import`, `skopeo` and `docker load` take the same file.
 */
export function imageParts(facts: ImageFacts, layers: readonly Layer[]): ImageParts {
  const config = jsonBlob(types.config, configOf(facts, layers));
  const manifest = jsonBlob(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: config.descriptor,
    layers: layers.map(({ digest, size }) => ({ mediaType: types.layer, digest: `sha256:${digest}`, size })),
    annotations: labelsOf(facts),
  });
  const index = {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [
      {
        ...manifest.descriptor,
        platform: { architecture: facts.arch, os: 'linux' },
        // containerd takes its name from the first, others the tag from the second.
        annotations: {
          'io.containerd.image.name': facts.name,
          'org.opencontainers.image.ref.name': facts.name.replace(/^.*:/, ''),
        },
      },
    ],
  };
  const docker = [
    {
      Config: blobPath(config.descriptor.digest),
      // Docker's own form leaves its registry out.
      RepoTags: [facts.name.replace(/^docker\.io\/(library\/)?/, '')],
      Layers: layers.map(({ digest }) => blobPath(`sha256:${digest}`)),
    },
  ];
  return {
    digest: manifest.descriptor.digest,
    entries: [
      file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
      file('index.json', json(index)),
      file('manifest.json', json(docker)),
      file(blobPath(config.descriptor.digest), config.data),
      file(blobPath(manifest.descriptor.digest), manifest.data),
    ],
  };
}

/** Where an archive has a blob of this digest (`sha256:…`). */
export const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`;

// What needs more says so in its Pod: the agent and the failover process run as root with few capabilities.
const sallyport = { user: '65532:65532', entrypoint: ['/usr/bin/sallyport'] };
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function configOf(facts: ImageFacts, layers: readonly Layer[]): object {
  const created = timeOf(facts.seconds);
  const { user, entrypoint } = facts.run ?? sallyport;
  return {
    created,
    architecture: facts.arch,
    os: 'linux',
    config: {
      User: user,
      Env: [`PATH=${path}`],
      Entrypoint: entrypoint,
      WorkingDir: '/',
      Labels: labelsOf(facts),
    },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => `sha256:${diffId}`) },
    history: layers.map(({ title }) => ({ created, created_by: 'hack/image', comment: title })),
  };
}

function labelsOf({ version, revision, seconds }: ImageFacts): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.created': timeOf(seconds),
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.revision': revision,
    'org.opencontainers.image.title': 'sallyport',
    'org.opencontainers.image.version': version,
  };
}

/** RFC 3339, whole seconds. */
export const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

function jsonBlob(mediaType: string, value: object) {
  const data = json(value);
  const digest = `sha256:${createHash('sha256').update(data).digest('hex')}`;
  return { data, descriptor: { mediaType, digest, size: data.length } };
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const file = (path: string, data: Buffer): TarEntry => ({ path, kind: 'file', mode: 0o644, data });
