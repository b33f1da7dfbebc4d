import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Architecture, architectures } from './wanted.ts';

export const usage = `usage: hack/image [--output FILE] [--arch ARCH] [--name NAME] [--lock FILE]
       hack/image --update-lock [--lock FILE]
  --output FILE   the image as one file (default: sallyport-VERSION-ARCH.tar here); its SBOM beside it, ending in .spdx.json
  --arch ARCH     ${Object.keys(architectures).join(' or ')} (default: this machine's)
  --name NAME     the image's name, with a tag or without (default: docker.io/library/sallyport:VERSION)
  --update-lock   pins the Debian packages that the mirrors have now
  --lock FILE     where they are pinned (default: hack/image-build/debian-lock.json)
Prints the image's digest. Status 3: mirrors no longer have what is pinned. What is inside: docs/install.md`;

export type ImageOptions =
  | {
      readonly kind: 'build';
      readonly arch: Architecture;
      readonly name: string;
      readonly output: string;
      readonly lock?: string;
    }
  | { readonly kind: 'update-lock'; readonly lock?: string }
  | { readonly kind: 'help' };

/** The arguments of hack/image; throws with what is wrong in them. */
export function parseImageOptions(args: readonly string[], version: string): ImageOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      output: { type: 'string' },
      arch: { type: 'string', default: process.arch === 'x64' ? 'amd64' : process.arch },
      name: { type: 'string', default: 'docker.io/library/sallyport' },
      lock: { type: 'string' },
      'update-lock': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return { kind: 'help' };
  const lock = values.lock === undefined ? {} : { lock: resolve(values.lock) };
  if (values['update-lock']) return { kind: 'update-lock', ...lock };
  const { arch } = values;
  if (!isArchitecture(arch)) throw new Error(`--arch ${arch}: must be ${Object.keys(architectures).join(' or ')}`);
  return {
    ...{ kind: 'build', arch, name: imageName(values.name, version) },
    output: resolve(values.output ?? `sallyport-${version}-${arch}.tar`),
    ...lock,
  };
}

/** The whole name: registry and tag, where they are left out, as Docker completes them. */
export function imageName(name: string, version: string): string {
  if (!/^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[\w][\w.-]*)?$/.test(name))
    throw new Error(`--name ${name}: no image has such a name`);
  const tagged = /:[\w.-]+$/.test(name) ? name : `${name}:${version}`;
  const [first = '', ...rest] = tagged.split('/');
  if (rest.length > 0 && /[.:]|^localhost$/.test(first)) return tagged;
  return `docker.io/${rest.length === 0 ? 'library/' : ''}${tagged}`;
}

function isArchitecture(text: string): text is Architecture {
  return Object.hasOwn(architectures, text);
}
