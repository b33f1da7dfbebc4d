import { posix } from 'node:path';
import { type ElfNeeds, readElf } from './elf.ts';
import { plainPath, type TarEntry } from './tar-read.ts';

/** A file of the image and whose it is. */
export interface OwnedEntry {
  readonly owner: string;
  readonly entry: TarEntry;
}

export interface PackageTree {
  readonly name: string;
  readonly entries: readonly TarEntry[];
}

/** What the image wants of its packages: programs, other files, and folders with all that is in them; absolute paths. */
export interface Wanted {
  readonly programs: readonly string[];
  readonly files: readonly string[];
  readonly folders: readonly string[];
}

/**
 * Pure: the files of the packages that the wanted programs need to run (their loader and shared libraries, theirs, and so on), the
 * wanted files, and every used package's licence (`/usr/share/doc/NAME/copyright`). `lookIn`: folders of shared libraries, in order.
 * Programs that are opened by `dlopen` are not seen. Throws with what is missing, and for whom.
 */
export function selectFiles(
  packages: readonly PackageTree[],
  wanted: Wanted,
  lookIn: readonly string[],
): readonly OwnedEntry[] {
  const all = indexOf(packages);
  const kept = new Map<string, OwnedEntry>();
  const keep = (path: string, why: string): void => {
    const { steps, file } = follow(all, path);
    if (file === undefined) throw new Error(`${path} is in no package (${why})`);
    for (const step of steps) kept.set(step.entry.path, step);
    if (kept.has(file.entry.path)) return;
    kept.set(file.entry.path, file);
    const needs = file.entry.kind === 'file' ? readElf(file.entry.data) : undefined;
    if (needs !== undefined) keepNeeds(needs, file.entry.path);
  };
  const keepNeeds = ({ interpreter, libraries }: ElfNeeds, by: string): void => {
    if (interpreter !== undefined) keep(interpreter, `the loader of ${by}`);
    for (const library of libraries) {
      const path = lookIn.map((folder) => `${folder}/${library}`).find((each) => follow(all, each).file !== undefined);
      if (path === undefined) throw new Error(`${library} is in no package (a library of ${by})`);
      keep(path, `a library of ${by}`);
    }
  };
  for (const path of [...wanted.programs, ...wanted.files]) keep(path, 'wanted');
  for (const folder of wanted.folders) {
    const inside = [...all.keys()].filter((path) => path.startsWith(`${plainPath(folder)}/`));
    if (inside.length === 0) throw new Error(`${folder} is in no package (wanted)`);
    for (const path of inside) if (all.get(path)?.entry.kind !== 'directory') keep(path, 'wanted');
  }
  // A licence may be another package's (a link), which is then a used one, too.
  for (let licensed = 0; ; ) {
    const owners = [...new Set([...kept.values()].map(({ owner }) => owner))];
    if (owners.length === licensed) break;
    licensed = owners.length;
    for (const owner of owners) keep(`/usr/share/doc/${owner}/copyright`, `the licence of ${owner}`);
  }
  return [...kept.values()];
}

function indexOf(packages: readonly PackageTree[]): ReadonlyMap<string, OwnedEntry> {
  const all = new Map<string, OwnedEntry>();
  for (const { name, entries } of packages) {
    for (const entry of entries) {
      const merged = { ...entry, path: mergedPath(entry.path) };
      const known = all.get(merged.path);
      if (known !== undefined && (known.entry.kind !== 'directory' || entry.kind !== 'directory'))
        throw new Error(`${merged.path} is in two packages: ${known.owner} and ${name}`);
      if (known === undefined) all.set(merged.path, { owner: name, entry: merged });
    }
  }
  return all;
}

/** `/lib/…` → `usr/lib/…`: since Debian 12 `/bin`, `/sbin`, `/lib` and `/lib64` are links into `/usr`. */
export function mergedPath(path: string): string {
  const plain = plainPath(path);
  return /^(bin|sbin|lib|lib64)(\/|$)/.test(plain) ? `usr/${plain}` : plain;
}

/** The file at a path and the links that lead to it; no file where there is none. */
function follow(
  all: ReadonlyMap<string, OwnedEntry>,
  path: string,
): { readonly steps: readonly OwnedEntry[]; readonly file: OwnedEntry | undefined } {
  const steps: OwnedEntry[] = [];
  let rest = mergedPath(path).split('/');
  let done: string[] = [];
  for (let hops = 0; rest.length > 0; ) {
    const [next = '', ...later] = rest;
    const here = [...done, next].join('/');
    const found = all.get(here);
    if (found?.entry.kind !== 'symlink') {
      if (found === undefined) return { steps, file: undefined };
      done = [...done, next];
      rest = later;
      continue;
    }
    steps.push(found);
    if (++hops > 40) throw new Error(`${path}: its links go round in a circle`);
    const target = posix.join('/', found.entry.target?.startsWith('/') ? '' : done.join('/'), found.entry.target ?? '');
    rest = [...mergedPath(target).split('/'), ...later];
    done = [];
  }
  return { steps, file: all.get(done.join('/')) };
}
