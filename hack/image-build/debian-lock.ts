import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Architecture } from './wanted.ts';

const lockedPackage = z.object({
  name: z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/),
  version: z.string().min(1),
  /** Source package, and its version where it is another. */
  source: z.string().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
const lock = z.object({
  suite: z.string(),
  /** When it was made, yyyy-mm-dd: a day on which snapshot.debian.org has all of it; the time of every Debian file in the image. */
  date: z.iso.date(),
  packages: z.object({ amd64: z.array(lockedPackage), arm64: z.array(lockedPackage) }),
});

export type LockedPackage = z.infer<typeof lockedPackage>;
export type DebianLock = z.infer<typeof lock>;

export const debianLockFile = join(import.meta.dirname, 'debian-lock.json');

/** The pinned packages; throws with what is wrong in the file. */
export function readDebianLock(file = debianLockFile): DebianLock {
  const parsed = lock.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(`${file}: ${z.prettifyError(parsed.error)}\n  make it anew: hack/image --update-lock`);
}

/** The lock as the file has it: one package per line. */
export function renderDebianLock({ suite, date, packages }: DebianLock): string {
  const lines = (arch: Architecture) => packages[arch].map((each) => `      ${JSON.stringify(each)}`).join(',\n');
  return `{
  "suite": "${suite}",
  "date": "${date}",
  "packages": {
    "amd64": [
${lines('amd64')}
    ],
    "arm64": [
${lines('arm64')}
    ]
  }
}
`;
}
