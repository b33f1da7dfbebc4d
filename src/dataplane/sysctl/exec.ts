import { normalizeValue } from './diff.ts';
import type { ObservedSysctls, SysctlChange } from './model.ts';

/** The files of /proc/sys; both may reject as node:fs does. */
export interface SysctlFiles {
  /** Undefined if there is none. */
  read(path: string): Promise<string | undefined>;
  /** Writes into the file as it is; never creates or replaces one. */
  write(path: string, text: string): Promise<void>;
}

/** A setting that could not be written. */
export interface SysctlFailure {
  readonly key: string;
  readonly message: string;
}

export interface SysctlStore {
  read(keys: Iterable<string>): Promise<ObservedSysctls>;
  /** Writes every change, whatever fails; answers what failed. */
  write(changes: readonly SysctlChange[]): Promise<readonly SysctlFailure[]>;
}

/** Settings below `root` (default /proc/sys). No process is spawned. */
export function createSysctlStore(options: { readonly files: SysctlFiles; readonly root?: string }): SysctlStore {
  const { files, root = '/proc/sys' } = options;
  return {
    read: async (keys) => {
      const entries = [...keys].map(async (key) => {
        const text = await files.read(`${root}/${key}`);
        return [key, text === undefined ? undefined : normalizeValue(text)] as const;
      });
      return new Map(await Promise.all(entries));
    },
    write: async (changes) => {
      const failures: SysctlFailure[] = [];
      // In order: writing `all` resets devices' values for some settings.
      for (const change of changes) {
        const message = await writeOne(files, root, change);
        if (message !== undefined) failures.push({ key: change.key, message });
      }
      return failures;
    },
  };
}

async function writeOne(
  files: SysctlFiles,
  root: string,
  { key, from, to }: SysctlChange,
): Promise<string | undefined> {
  if (from === undefined) return `${root}/${key} does not exist: its kernel module or device is missing`;
  try {
    await files.write(`${root}/${key}`, `${to}\n`);
    return undefined;
  } catch (error) {
    return `write "${to}" to ${root}/${key}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
