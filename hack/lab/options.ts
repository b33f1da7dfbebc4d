import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CriMode, criModes } from './cri-server.ts';
import { familyNames, type IpFamilies } from './families.ts';
import { maxNetworks, maxNodes } from './fixed-points.ts';

export const cniNames = ['bridge', 'bridge-iptables', 'routed'] as const;
export type CniName = (typeof cniNames)[number];

export interface LabOptions {
  readonly nodes: number;
  /** How many of the nodes, the last ones, are no part of the cluster until `lab fault join`. */
  readonly joinLater: number;
  readonly networks: number;
  readonly ipFamily: IpFamilies;
  readonly cni: CniName;
  /** What the nodes' container runtimes offer. */
  readonly cri: CriMode;
  /** VRRP advertisement interval in milliseconds; absent: what the class says. */
  readonly advert?: number;
  /** Absolute paths. */
  readonly manifests: readonly string[];
  readonly bare: boolean;
  readonly keep?: string;
  /** An image of hack/image, absolute: Sallyport's containers run in it. Absent: in the machine's own root, from the sources. */
  readonly image?: string;
  /** Bundles of other versions by the tag of the images that have them, absolute. Their containers run in the machine's own root. */
  readonly bundles: Readonly<Record<string, string>>;
  /** A kustomization to install Sallyport from, absolute; absent: `config/install`. */
  readonly install?: string;
  /** Empty: an interactive shell. */
  readonly command: readonly string[];
}

export const usage = `usage: hack/lab/run [--nodes N] [--join-later N] [--networks N] [--ip-family F] [--cni NAME] [--cri MODE] [--advert MS] [--manifests PATH]... [--bare] [--keep DIR] [--image FILE] [--bundle TAG=FILE]... [--install DIR] [-- COMMAND [ARG...]]
  --nodes N         nodes, 1 to ${maxNodes} (default 3)
  --join-later N    so many of the nodes, the last, have no Node object until "lab fault join" (default 0)
  --networks N      external networks, 1 to ${maxNetworks} (default 1; 2 adds the network and server "partner")
  --ip-family F     of nodes, pods and Services: ${familyNames.join(', ')} (default dual)
  --cni NAME        ${cniNames.join(', ')} (default bridge)
  --cri MODE        the nodes' container runtimes: ${criModes.join(', ')} (default events)
  --advert MS       VRRP advertisement interval, 10 to 10000 (default: that of the class)
  --manifests PATH  file, folder or kustomization to apply; again for more
  --bare            only the cluster: no Sallyport, no samples
  --keep DIR        leave logs, captures and rendered configurations in DIR
  --image FILE      run Sallyport from this image of hack/image (default: from the sources)
  --bundle TAG=FILE run images with this tag from another bundle of Sallyport; again for more
  --install DIR     install Sallyport from this kustomization (default config/install)
The whole interface: hack/lab/README.md`;

export type OptionsDecision =
  | { readonly ok: true; readonly value: LabOptions }
  | { readonly ok: false; readonly message: string };

/** Reads the arguments of `hack/lab/run`; paths are resolved against the working directory. */
export function parseOptions(args: readonly string[]): OptionsDecision {
  try {
    return { ok: true, value: readOptions(args) };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
}

const valueOptions: readonly string[] = [
  ...['--nodes', '--join-later', '--networks', '--ip-family', '--cni', '--cri', '--advert'],
  ...['--manifests', '--keep', '--image', '--bundle', '--install'],
];

function readOptions(args: readonly string[]): LabOptions {
  const { values, bare, command } = collectValues(args);
  const all = (name: string) => values.filter(([option]) => option === name).map(([, value]) => value);
  const last = (name: string) => all(name).at(-1);
  const [advert, keep, image, install] = ['--advert', '--keep', '--image', '--install'].map(last);
  const nodes = wholeNumber('--nodes', last('--nodes') ?? '3', { min: 1, max: maxNodes });
  return {
    nodes,
    joinLater: wholeNumber('--join-later', last('--join-later') ?? '0', { min: 0, max: nodes - 1 }),
    networks: wholeNumber('--networks', last('--networks') ?? '1', { min: 1, max: maxNetworks }),
    ipFamily: oneOf('--ip-family', last('--ip-family') ?? 'dual', familyNames),
    cni: oneOf('--cni', last('--cni') ?? 'bridge', cniNames),
    cri: oneOf('--cri', last('--cri') ?? 'events', criModes),
    manifests: all('--manifests').map((path) => existingPath('--manifests', path)),
    bundles: Object.fromEntries(all('--bundle').map((text) => taggedFile('--bundle', text))),
    bare,
    command,
    ...(advert === undefined ? {} : { advert: wholeNumber('--advert', advert, { min: 10, max: 10_000 }) }),
    ...(keep === undefined ? {} : { keep: resolve(keep) }),
    ...(image === undefined ? {} : { image: existingPath('--image', image) }),
    ...(install === undefined ? {} : { install: existingPath('--install', install) }),
  };
}

interface Collected {
  readonly values: readonly (readonly [name: string, value: string])[];
  readonly bare: boolean;
  readonly command: readonly string[];
}

function collectValues(args: readonly string[]): Collected {
  const values: [string, string][] = [];
  let bare = false;
  let at = 0;
  for (; at < args.length && args[at] !== '--'; at++) {
    const [name = '', inline] = splitOption(args[at] ?? '');
    if (name === '--bare' && inline === undefined) {
      bare = true;
      continue;
    }
    if (!valueOptions.includes(name)) throw new Error(`unknown argument "${args[at]}" (a command comes after "--")`);
    const value = inline ?? args[++at];
    if (value === undefined || value === '--') throw new Error(`${name} needs a value`);
    values.push([name, value]);
  }
  return { values, bare, command: args.slice(at + 1) };
}

function taggedFile(option: string, text: string): readonly [string, string] {
  const [, tag = '', path = ''] = /^([\w.-]+)=(.+)$/.exec(text) ?? [];
  if (tag === '') throw new Error(`${option} ${text}: must be TAG=FILE`);
  return [tag, existingPath(option, path)];
}

function splitOption(arg: string): readonly [string, string?] {
  const at = arg.startsWith('--') ? arg.indexOf('=') : -1;
  return at < 0 ? [arg] : [arg.slice(0, at), arg.slice(at + 1)];
}

function wholeNumber(name: string, text: string, range: { readonly min: number; readonly max: number }): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= range.min && value <= range.max) return value;
  throw new Error(`${name} ${text}: must be a whole number from ${range.min} to ${range.max}`);
}

function oneOf<T extends string>(option: string, text: string, names: readonly T[]): T {
  const name = names.find((known) => known === text);
  if (name === undefined) throw new Error(`${option} ${text}: must be one of ${names.join(', ')}`);
  return name;
}

function existingPath(option: string, path: string): string {
  if (!existsSync(path)) throw new Error(`${option} ${path}: there is no such file or folder`);
  return resolve(path);
}
