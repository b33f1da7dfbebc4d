import { readTextIfExists } from '../../platform/files.ts';
import { writeKernelFile } from '../../platform/kernel-files.ts';
import { diffSysctls, keysToRead, normalizeValue } from './diff.ts';
import type { ObservedSysctls, SysctlChange, SysctlValues } from './model.ts';

/** The files of /proc/sys; both may reject as node:fs does. */
export interface SysctlFiles {
  /** Undefined if there is none. */
  read(path: string): Promise<string | undefined>;
  /** Writes into the file as it is; never creates or replaces one. */
  write(path: string, text: string): Promise<void>;
}

/** Kernel settings. No process is spawned. */
export interface Sysctls {
  /** Present values, white space normalised. */
  read(keys: Iterable<string>): Promise<ObservedSysctls>;
  /** Writes what differs, all that can be written; whether anything was. Throws SysctlError when something could not be. */
  apply(desired: SysctlValues): Promise<boolean>;
  /** As `apply`, without those that do not exist: a kernel without IPv6 has none of its settings. */
  applyPresent(desired: SysctlValues): Promise<boolean>;
}

/** Settings that could not be written, each with its reason. */
export class SysctlError extends Error {
  override readonly name = 'SysctlError';
  readonly keys: readonly string[];

  constructor(failures: readonly { readonly key: string; readonly message: string }[]) {
    super(failures.map((failure) => failure.message).join('; '));
    this.keys = failures.map((failure) => failure.key);
  }
}

const machineFiles: SysctlFiles = { read: readTextIfExists, write: writeKernelFile };

/** Where they are, unless a container has them elsewhere: a runtime mounts its own /proc/sys read-only. */
const ownFolder = '/proc/sys';

/** Settings of this network namespace, below `folder`. */
export function createSysctls(files: SysctlFiles = machineFiles, folder = ownFolder): Sysctls {
  const pathOf = (key: string) => `${folder}/${key}`;
  const read = async (keys: Iterable<string>) => {
    const entries = [...keys].map(async (key) => {
      const text = await files.read(pathOf(key));
      return [key, text === undefined ? undefined : normalizeValue(text)] as const;
    });
    return new Map(await Promise.all(entries));
  };
  const write = async (changes: readonly SysctlChange[]) => {
    const failures: { key: string; message: string }[] = [];
    // In order: writing `all` overwrites the devices' values of some settings.
    for (const change of changes) {
      const message = await writeOne(files, pathOf(change.key), change);
      if (message !== undefined) failures.push({ key: change.key, message });
    }
    if (failures.length > 0) throw new SysctlError(failures);
    return changes.length > 0;
  };
  const differing = async (desired: SysctlValues) => diffSysctls(await read(keysToRead(desired)), desired);
  return {
    read,
    apply: async (desired) => write(await differing(desired)),
    applyPresent: async (desired) => write((await differing(desired)).filter(({ from }) => from !== undefined)),
  };
}

async function writeOne(files: SysctlFiles, path: string, { from, to }: SysctlChange): Promise<string | undefined> {
  if (from === undefined) return `${path} does not exist: its kernel module or device is missing`;
  try {
    await files.write(path, `${to}\n`);
    return undefined;
  } catch (error) {
    return `write ${to} to ${path}: ${error instanceof Error ? error.message : String(error)}; is it mounted read-only?`;
  }
}
